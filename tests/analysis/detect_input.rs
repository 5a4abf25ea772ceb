//! Detectors of queries that are made of what a user sent, case by case.

use crate::detect_support::{Event, Made, changed, check, event, json, span, text};
use headwater::analysis::detect::Kind;

fn query(statement: &str, inputs: &str) -> Event {
    event(vec![span(10, "db", statement, 0, 1_000)]).with("request.query_string", json(inputs))
}

/// A query that leaves out what is marked as deleted in so many tables.
fn deleted(tables: usize) -> Event {
    let conditions: String = (0..tables)
        .map(|at| format!(" AND t{at}.deleted_at IS NULL"))
        .collect();
    let text = format!("SELECT a FROM b WHERE username = 'hello'{conditions}");
    query(&text, r#"[["username", "hello"]]"#)
}

#[test]
fn queries_built_from_input() {
    const BUILT: &str = "SELECT * FROM users WHERE username = 'hello' ORDER BY id";
    const INPUT: &str = r#"[["username", "hello"]]"#;
    let built = |change: fn(&mut Made)| changed(query(BUILT, INPUT), change);
    check(
        Kind::SqlInjection,
        vec![
            ("in the query's text", 1, query(BUILT, INPUT)),
            (
                "as text of the query string",
                1,
                event(query(BUILT, "[]").spans)
                    .with("request.query_string", text("username=hello")),
            ),
            (
                "in the body",
                1,
                event(query(BUILT, "[]").spans)
                    .with("request.data", json(r#"{"username":"hello"}"#)),
            ),
            (
                "a number in the body",
                0,
                event(query(BUILT, "[]").spans).with("request.data", json(r#"{"username":7}"#)),
            ),
            (
                "two letters",
                0,
                query(
                    "SELECT a FROM b WHERE username = 'he'",
                    r#"[["username", "he"]]"#,
                ),
            ),
            (
                "three letters",
                1,
                query(
                    "SELECT a FROM b WHERE username = 'hel'",
                    r#"[["username", "hel"]]"#,
                ),
            ),
            (
                "the same as its name",
                0,
                query(
                    "SELECT a FROM b WHERE name = 'name'",
                    r#"[["name", "name"]]"#,
                ),
            ),
            (
                "a keyword",
                0,
                query("SELECT a FROM b WHERE x = 'desc'", r#"[["x", "desc"]]"#),
            ),
            (
                "named like a keyword",
                0,
                query(
                    "SELECT a FROM b WHERE sort = 'hello'",
                    r#"[["sort", "hello"]]"#,
                ),
            ),
            (
                "part of a word",
                0,
                query("SELECT a FROM b WHERE username = 'hello2'", INPUT),
            ),
            (
                "part of a name",
                0,
                query("SELECT a FROM b WHERE t.username = 'hello'", INPUT),
            ),
            (
                "name in double quotes",
                1,
                query("SELECT a FROM b WHERE \"username\" = 'hello'", INPUT),
            ),
            (
                "value without quotes",
                1,
                query("SELECT a FROM b WHERE username = hello", INPUT),
            ),
            (
                "in a comment",
                0,
                query("SELECT a FROM b WHERE c = d -- username = 'hello'", INPUT),
            ),
            (
                "before WHERE",
                0,
                query("SELECT 'hello' username FROM b WHERE c = d", INPUT),
            ),
            ("no WHERE", 0, query("SELECT username FROM hello", INPUT)),
            (
                "an UPDATE",
                0,
                query("UPDATE a SET b = c WHERE username = 'hello'", INPUT),
            ),
            (
                "a placeholder",
                0,
                query("SELECT a WHERE username = 'hello' AND b = ?", INPUT),
            ),
            (
                "a numbered placeholder",
                0,
                query("SELECT a WHERE username = 'hello' AND b = $1", INPUT),
            ),
            (
                "a named placeholder",
                0,
                query("SELECT a WHERE username = 'hello' AND b = &name", INPUT),
            ),
            (
                "bindings",
                0,
                built(|span| span.values.push(("db.sql.bindings", json("[1]")))),
            ),
            (
                "ActiveRecord",
                0,
                built(|span| span.op = "db.sql.active_record".to_owned()),
            ),
            ("Redis", 0, built(|span| span.op = "db.redis".to_owned())),
            (
                "Rails",
                0,
                built(|span| span.values.push(("sentry.origin", text("auto.db.rails")))),
            ),
            (
                "OpenTelemetry",
                0,
                built(|span| {
                    span.values
                        .push(("sentry.origin", text("auto.db.otel.postgres")))
                }),
            ),
            (
                "another origin",
                1,
                built(|span| {
                    span.values
                        .push(("sentry.origin", text("auto.db.psycopg2")))
                }),
            ),
            (
                "a library that escapes",
                0,
                query(BUILT, INPUT).with("modules", json(r#"{"sequelize":"6"}"#)),
            ),
            (
                "a library that does not",
                1,
                query(BUILT, INPUT).with("modules", json(r#"{"left-pad":"1"}"#)),
            ),
            (
                "four alias chains",
                0,
                query(
                    "SELECT a->b, c->d, e->f, g->h WHERE username = 'hello'",
                    INPUT,
                ),
            ),
            (
                "three alias chains",
                1,
                query("SELECT a->b, c->d, e->f WHERE username = 'hello'", INPUT),
            ),
            ("three soft deletions", 1, deleted(3)),
            ("four soft deletions", 0, deleted(4)),
            (
                "Laravel's lists",
                0,
                query("SELECT a WHERE b IN (1, 2) AND username = 'hello'", INPUT)
                    .sdk("sentry.php.laravel"),
            ),
            (
                "lists elsewhere",
                1,
                query("SELECT a WHERE b IN (1, 2) AND username = 'hello'", INPUT),
            ),
        ],
    );
    let problem = query(BUILT, INPUT).first(Kind::SqlInjection);
    let shown = "Untrusted Inputs [username] in `SELECT * FROM users WHERE username = [UNTRUSTED_INPUT] ORDER BY id`";
    assert_eq!(problem.description, shown);
    assert!(problem.fingerprint.starts_with("1-1021-"));
}

#[test]
fn query_objects_taken_from_input() {
    let find = |statement: &str, body: &str| {
        event(vec![span(10, "db", statement, 0, 1_000)]).with("request.data", json(body))
    };
    const QUERY: &str = r#"{"find":"users","filter":{"username":{"$ne":"?"}}}"#;
    check(
        Kind::QueryInjection,
        vec![
            ("an object", 1, find(QUERY, r#"{"username":{"$ne":null}}"#)),
            (
                "with blanks",
                1,
                find(
                    r#"{"find": "users", "filter": {"username": {"$ne": "?"}}}"#,
                    r#"{"username":{"$ne":null}}"#,
                ),
            ),
            ("a plain value", 0, find(QUERY, r#"{"username":"me"}"#)),
            (
                "another object",
                0,
                find(QUERY, r#"{"username":{"$gt":null}}"#),
            ),
            ("another name", 0, find(QUERY, r#"{"name":{"$ne":null}}"#)),
            (
                "SQL",
                0,
                find(
                    r#"SELECT "username":{"$ne":"?"}"#,
                    r#"{"username":{"$ne":null}}"#,
                ),
            ),
        ],
    );
}
