//! Texts that differ only in what they are about, and the one text they become.

use headwater::analysis::normalise::{
    self, Described, describe, group, sql, transaction, truncated,
};

/// Statements with their templates, in no particular dialect.
const SQL: &[(&str, &str)] = &[
    (
        "SELECT name FROM pets WHERE id = 7",
        "SELECT name FROM pets WHERE id = %s",
    ),
    (
        "select name from pets where id in (1, 2,3)",
        "SELECT name FROM pets WHERE id IN (%s)",
    ),
    (
        "SELECT count(*) FROM pets WHERE id IN ($1, $2)",
        "SELECT count(*) FROM pets WHERE id IN (%s)",
    ),
    (
        "SELECT a FROM t WHERE b IN (SELECT c FROM u)",
        "SELECT a FROM t WHERE b IN (SELECT c FROM u)",
    ),
    ("SELECT a, b, c FROM t", "SELECT .. FROM t"),
    (
        "INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b",
        "INSERT INTO t (..) VALUES (%s) ON CONFLICT(a) DO UPDATE SET b = b",
    ),
    (
        "SELECT -t.a, b - c, count(*) FILTER (WHERE d) FROM t JOIN u USING (id) FULL OUTER JOIN v ON x",
        "SELECT -a, b - c, count(*) FILTER (WHERE d) FROM t JOIN u USING(id) FULL JOIN v ON x",
    ),
    (
        "CREATE TABLE \"s\".\"2024_pets\" ()",
        "CREATE TABLE {%s}_pets ()",
    ),
    (
        "SELECT a FROM t WHERE b = 'it\\\\'s open",
        "SELECT a FROM t WHERE b = %s",
    ),
    ("SELECT a FROM t", "SELECT a FROM t"),
    (
        "SELECT a, count(*), b, c AS d FROM t",
        "SELECT a, count(*), .. FROM t",
    ),
    ("SELECT a, NULL, 5 FROM t", "SELECT .. FROM t"),
    ("SELECT DISTINCT a, b FROM t", "SELECT DISTINCT .. FROM t"),
    (
        "SELECT \"t\".\"a\", max(\"t\".\"b\") FROM \"t\"",
        "SELECT a, max(b) FROM t",
    ),
    ("SELECT t.* FROM s.t", "SELECT * FROM t"),
    (
        "SELECT coalesce(a, 'x') AS y FROM t",
        "SELECT coalesce(a, %s) FROM t",
    ),
    (
        "SELECT x FROM (SELECT a, b FROM t) sub",
        "SELECT x FROM (SELECT .. FROM t) AS sub",
    ),
    (
        "SELECT x FROM a JOIN b ON b.id = a.id WHERE a.c = 'd'",
        "SELECT x FROM a JOIN b ON id = id WHERE c = %s",
    ),
    (
        "SELECT a FROM t LIMIT 10 OFFSET 20",
        "SELECT a FROM t LIMIT %s OFFSET %s",
    ),
    (
        "SELECT a FROM t WHERE b > -5 AND c = 1.5e3",
        "SELECT a FROM t WHERE b > %s AND c = %s",
    ),
    (
        "SELECT a FROM t WHERE b IS NULL",
        "SELECT a FROM t WHERE b IS NULL",
    ),
    (
        "SELECT a FROM t WHERE b = TRUE",
        "SELECT a FROM t WHERE b = %s",
    ),
    (
        "SELECT a FROM t WHERE b != 'x' -- why\n",
        "SELECT a FROM t WHERE b <> %s",
    ),
    (
        "SELECT a FROM t /* from here */ WHERE b = :name",
        "SELECT a FROM t WHERE b = %s",
    ),
    (
        "SELECT a FROM t WHERE b BETWEEN 1 AND 2 AND c = 3",
        "SELECT a FROM t WHERE b BETWEEN %s AND %s AND c = %s",
    ),
    (
        "SELECT a FROM t WHERE b = 1 OR b = 2 OR b = 3",
        "SELECT a FROM t WHERE b = %s",
    ),
    (
        "SELECT a FROM t WHERE (b = 1 AND c = 2) OR (b = 3 AND c = 4)",
        "SELECT a FROM t WHERE (b = %s AND c = %s)",
    ),
    (
        "SELECT a FROM t WHERE (b = 1 AND c = 2) AND d = 3",
        "SELECT a FROM t WHERE b = %s AND c = %s AND d = %s",
    ),
    (
        "SELECT a FROM t WHERE (b OR c) AND d",
        "SELECT a FROM t WHERE (b OR c) AND d",
    ),
    (
        "SELECT a FROM t WHERE b = 1::bigint AND c = CAST(d AS text)",
        "SELECT a FROM t WHERE b = %s AND c = d",
    ),
    (
        "SELECT a FROM t WHERE b = '{1}'::int[] ORDER BY a DESC",
        "SELECT a FROM t WHERE b = %s ORDER BY a DESC",
    ),
    (
        "SELECT CASE WHEN a = 1 THEN 'x' ELSE 'y' END FROM t",
        "SELECT CASE WHEN .. THEN .. END FROM t",
    ),
    (
        "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')",
        "INSERT INTO t (..) VALUES (%s)",
    ),
    ("INSERT INTO t VALUES (1)", "INSERT INTO t (..) VALUES (%s)"),
    (
        "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING",
        "INSERT INTO t (..) VALUES (%s) ON CONFLICT DO NOTHING",
    ),
    (
        "INSERT INTO t (a, b) SELECT c, d FROM u",
        "INSERT INTO t (..) SELECT .. FROM u",
    ),
    (
        "REPLACE INTO t (a) VALUES (1)",
        "REPLACE INTO t (..) VALUES (%s)",
    ),
    (
        "UPDATE t SET a = 1 WHERE id = 2",
        "UPDATE t SET a = %s WHERE id = %s",
    ),
    (
        "UPDATE t SET a = 1, b = 'x' WHERE id = 2",
        "UPDATE t SET .. WHERE id = %s",
    ),
    (
        "UPDATE t SET a = 1, b = b + 1",
        "UPDATE t SET a = %s, b = b + %s",
    ),
    ("DELETE FROM t WHERE id = 3", "DELETE FROM t WHERE id = %s"),
    ("SAVEPOINT s123_x4", "SAVEPOINT %s"),
    ("release savepoint \"s 1\"", "RELEASE SAVEPOINT %s"),
    ("ROLLBACK TO SAVEPOINT abc;", "ROLLBACK TO SAVEPOINT %s"),
    ("CLOSE cursor_7", "CLOSE %s"),
    (
        "DECLARE c1 NO SCROLL CURSOR FOR SELECT a FROM t",
        "DECLARE %s NO SCROLL CURSOR FOR SELECT a FROM t",
    ),
    ("FETCH NEXT FROM c1", "FETCH NEXT FROM %s"),
    ("SELECT 1; SELECT 'x'", "SELECT %s; SELECT %s"),
    ("SELECT a FROM temp_12c", "SELECT a FROM temp_{%s}c"),
    ("SELECT a FROM temp_1c", "SELECT a FROM temp_1c"),
    ("DROP TABLE \"s\".\"t_0a1b2c3d4e\"", "DROP TABLE t_{%s}"),
    (
        "ALTER TABLE s.t99 ADD COLUMN c12 text",
        "ALTER TABLE t{%s} ADD COLUMN c{%s} text",
    ),
    ("BEGIN", "BEGIN"),
    // What is no whole statement is only scrubbed.
    (
        "select a from t where b in ('x', 'y', 'z",
        "select a from t where b in (%s",
    ),
    (
        "SELECT a FROM t WHERE b = 'x' AND ...",
        "SELECT a FROM t WHERE b = %s AND ...",
    ),
    (
        "FROBNICATE 25670916-0893-11ef-951c-d6111b55c015 7",
        "FROBNICATE %s %s",
    ),
];

#[test]
fn statements_become_templates() {
    let wrong: Vec<String> = SQL
        .iter()
        .filter_map(|(text, expected)| {
            let found = sql::template(text, None);
            (found.as_deref() != Some(*expected))
                .then(|| format!("{text}\n  {found:?}\n  {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(sql::template("connect", None), None);
    let mysql = sql::template("SELECT a FROM t WHERE b = \"x\"", Some("mysql"));
    assert_eq!(mysql.as_deref(), Some("SELECT a FROM t WHERE b = %s"));
    let mssql = sql::template("SELECT [a b] FROM [t]", Some("mssql"));
    assert_eq!(mssql.as_deref(), Some("SELECT a b FROM t"));
}

#[test]
fn a_template_is_its_own_template() {
    for (_, template) in SQL {
        let again = sql::template(template, None);
        if !template.contains("..") && !template.contains('{') {
            assert_eq!(again.as_deref().unwrap_or(template), *template);
        }
    }
}

#[test]
fn nothing_is_too_odd_to_be_read() {
    let deep = format!(
        "SELECT {}1{} FROM t WHERE {}a{}",
        "(".repeat(5_000),
        ")".repeat(5_000),
        "(".repeat(5_000),
        ")".repeat(5_000)
    );
    let many = format!(
        "SELECT a FROM t WHERE {}",
        vec!["(a = 1 AND b = 2)"; 1_000].join(" OR ")
    );
    assert_eq!(
        sql::template(&many, None).as_deref(),
        Some("SELECT a FROM t WHERE (a = %s AND b = %s)")
    );
    for text in [
        &*deep,
        "",
        ";",
        ")",
        "SELECT",
        "SELECT (",
        "SELECT 'é",
        "CASE",
        "SELECT CASE CASE",
        "INSERT INTO",
        "UPDATE SET",
        "IN (",
        "ß::",
        "FETCH",
        "é\u{301}''\\",
    ] {
        let _ = sql::template(text, None);
        let _ = sql::tables(text, Some("mysql"));
    }
}

#[test]
fn tables_and_verbs() {
    for (text, tables, action) in [
        ("SELECT a FROM t, v JOIN s.u ON x = y", ",t,u,v,", "SELECT"),
        ("INSERT INTO t (a) VALUES (1)", ",t,", "INSERT"),
        ("UPDATE s.t SET a = 1", ",t,", "UPDATE"),
        ("DELETE FROM t99 WHERE a", ",t{%s},", "DELETE"),
        (
            "WITH c AS (SELECT a FROM t) SELECT b FROM c",
            ",t,",
            "SELECT",
        ),
        ("SELECT a FROM (SELECT b FROM t) AS u", ",t,", "SELECT"),
    ] {
        assert_eq!(sql::tables(text, None).as_deref(), Some(tables), "{text}");
        assert_eq!(sql::action(text), Some(action), "{text}");
    }
    for (text, action) in [
        ("RELEASE SAVEPOINT x", Some("RELEASE SAVEPOINT")),
        ("ROLLBACK TO SAVEPOINT x", Some("ROLLBACK TO SAVEPOINT")),
        ("SAVEPOINT x", Some("SAVEPOINT")),
        ("nothing of it", None),
    ] {
        assert_eq!(sql::action(text), action, "{text}");
    }
    assert_eq!(sql::tables("SELECT 1", None), None);
}

/// Operations and descriptions, and what is said of them; empty for nothing.
const SPANS: &[(&str, &str, &str)] = &[
    (
        "http.client",
        "GET https://www.shop.io/pets/7",
        "GET https://*.shop.io",
    ),
    (
        "http.client",
        "POST http://10.1.2.3:8080/x",
        "POST http://*.*.*.*:8080",
    ),
    (
        "http.client",
        "GET http://localhost:3000/x",
        "GET http://localhost:3000",
    ),
    ("http.client", "GET /pets/7", "GET *"),
    (
        "http.client",
        "GET data:image/png;base64,AAAA",
        "GET data:image/*",
    ),
    ("http.client", "pets", ""),
    ("http.client", "FETCH http://a.io/", ""),
    ("cache.get", "GET pet:7", "GET *"),
    ("cache.get", "pet:7", "*"),
    ("db.redis", "set pet:7 rex", "SET *"),
    ("db.redis", "EXEC", "EXEC"),
    ("db.redis", "config get maxmemory", "CONFIG GET *"),
    ("db.redis", "JSON.GET k", "JSON.GET *"),
    ("db.redis", "what is this", "*"),
    ("db.clickhouse", "SELECT 1", ""),
    ("db.sql.active_record", "SELECT 1", ""),
    ("db.sql.prisma", "Pet findMany", "Pet findMany"),
    ("db", "db.pets.find({})", ""),
    ("db", "{\"find\": \"pets\"}", ""),
    ("db.sql.query", "SELECT 1", "SELECT %s"),
    (
        "resource.script",
        "https://a.shop.io/assets/main-1f90d5aa.js?v=3",
        "https://*.shop.io/assets/main-*.js",
    ),
    (
        "resource.css",
        "/assets/dark_mode-764fa7c8-f3cd-11ed-a05b-0242ac120003.css",
        "/assets/dark_mode-*.css",
    ),
    (
        "resource.script",
        "/build/app-1f90d5.f012d11690e188c96fe6.js",
        "/build/app-*.*.js",
    ),
    ("resource.script", "/js/facade_v2.js", "/js/*_*.js"),
    ("resource.script", "/x/y/z/app.js", "/*/app.js"),
    ("resource.script", "/app.js", "/app.js"),
    ("resource.css", "/static/v1.2.3/a.css", "/static/*/a.css"),
    ("resource.img", "/media/cat.png", "/media/*.png"),
    ("resource.img", "data:image/gif;base64,R0", "data:image/gif"),
    (
        "resource.other",
        "chrome-extension://abc/x.js",
        "browser-extension://*",
    ),
    ("resource.script", "/x/QkJWAQ", "/*/*"),
    ("resource.script", "/x/a.toolongforanending", "/*/a.*"),
    ("ai.pipeline.langchain", "Agent", "Agent"),
    ("ai.chat", "Agent", ""),
    ("ui.load", "MainView", "MainView"),
    ("app.start", "Cold Start", "Cold Start"),
    ("file.read", "photos/cat.jpeg (3 MB)", "*.jpeg"),
    ("file.read", "cat", "*"),
    ("function", "jobs.run.deadbeef12", "jobs.run.*"),
    ("function", "jobs.run_deadbeef12x", "jobs.run_*x"),
    ("queue.publish", "mail", ""),
];

#[test]
fn spans_are_said_to_do_what_they_do() {
    for (op, description, expected) in SPANS {
        let span = Described {
            op,
            description,
            ..Described::default()
        };
        let expected = (!expected.is_empty()).then_some(*expected);
        assert_eq!(describe(&span).as_deref(), expected, "{op} {description}");
    }
    assert_eq!(group("SELECT %s"), "3a377dcc490b1690");
}

#[test]
fn attributes_decide_how_a_description_is_read() {
    let mongo = |description, operation, collection| Described {
        op: "db",
        description,
        db_system: Some("mongodb"),
        db_operation: operation,
        db_collection: collection,
        ..Described::default()
    };
    let found = describe(&mongo(
        "{\"filter\":{\"a\":{\"b\":[1,2]}},\"limit\":5}",
        Some("find"),
        Some("pets_2024"),
    ));
    assert_eq!(
        found.as_deref(),
        Some("{\"filter\":{\"a\":{\"b\":[\"...\"]}},\"find\":\"pets_{%s}\",\"limit\":\"?\"}")
    );
    assert_eq!(
        describe(&mongo("{\"find\":\"pets\"}", Some("find"), None)),
        None
    );
    assert_eq!(
        describe(&mongo("{\"find\":\"pets\"}", None, Some("pets"))),
        None
    );
    let with_origin = |origin, description| Described {
        op: "db.sql.transaction",
        description,
        origin: Some(origin),
        ..Described::default()
    };
    let found = describe(&with_origin("auto.db.core_data", "INSERTED 12 'Pet'"));
    assert_eq!(found.as_deref(), Some("INSERTED * 'Pet'"));
    assert_eq!(describe(&with_origin("auto.db.core_data", "nothing")), None);
    let found = describe(&with_origin("auto.db.supabase", "from(pets_42)"));
    assert_eq!(found.as_deref(), Some("from(pets_{%s})"));
    let redis = Described {
        op: "db",
        description: "del a b",
        db_system: Some("redis"),
        ..Described::default()
    };
    assert_eq!(describe(&redis).as_deref(), Some("DEL *"));
    let component = Described {
        op: "ui.react.mount",
        description: "x",
        component: Some("Button"),
        ..Described::default()
    };
    assert_eq!(describe(&component).as_deref(), Some("Button"));
}

#[test]
fn names_of_transactions() {
    for (name, expected) in [
        ("/pets/1234", "/pets/*"),
        ("/pets/12", "/pets/*"),
        ("/pets/7", "/pets/7"),
        ("/pets/name-of-1234/", "/pets/*/"),
        ("/pets/a%A33/9876", "/pets/a%A33/*"),
        ("/x/2024-01-31/y", "/x/*/y"),
        ("/x/0x3707344A40", "/x/*"),
        ("/x/8ff81d74-606d-4c75-ac5e-cee65cbbc866", "/x/*"),
        ("job-12345", "job-12345"),
        ("1234", "1234"),
    ] {
        assert_eq!(transaction::scrub_transaction(name), expected, "{name}");
    }
}

#[test]
fn long_texts_are_cut_at_a_character() {
    for (text, bytes, expected) in [
        ("ÆÆ", 0, ""),
        ("ÆÆ", 1, "*"),
        ("ÆÆ", 2, "*"),
        ("ÆÆ", 3, "Æ*"),
        ("ÆÆ", 4, "ÆÆ"),
        ("abc", 2, "a*"),
    ] {
        assert_eq!(truncated(text, bytes), expected, "{text} {bytes}");
    }
    assert_eq!(normalise::cache_key::prefix("pets:1"), "pets");
}
