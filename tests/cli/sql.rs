//! `headwater sql`: statements that read, as a process.

use crate::cli_support::Program;
use serde_json::json;

#[test]
fn a_statement_answers_from_the_store() {
    let program = Program::with_shop();
    let all = program.json(&["sql", "SELECT sum(spans) AS spans, count(*) FROM import"]);
    let spans = program.count("spans", "");
    assert_eq!(all[0]["spans"], json!(spans));
    let traces = program.json(&[
        "sql",
        "SELECT hex(trace_id) AS id FROM trace WHERE spans > 0",
    ]);
    assert_eq!(traces.len() as u64, program.count("traces", ""));
    let text = program.ok(&["sql", "SELECT path FROM import ORDER BY id LIMIT 1"]);
    assert!(text.starts_with("path\n"), "{text}");
}

#[test]
fn values_keep_their_types_and_columns_their_names() {
    let program = Program::with_shop();
    let row = program.json(&[
        "sql",
        "SELECT 1 AS a, 1.5 AS b, 'x' AS c, NULL AS d, x'00ff' AS e, 2 AS a",
    ]);
    let expected = json!({ "a": 1, "b": 1.5, "c": "x", "d": null, "e": "00ff", "a:6": 2 });
    assert_eq!(row, [expected]);
    assert_eq!(program.ok(&["sql", "SELECT 1 WHERE 0", "--json"]), "");
}

#[test]
fn nothing_can_be_written() {
    let program = Program::with_shop();
    let before = program.count("spans", "");
    for (statement, said) in [
        ("DELETE FROM import", "only read"),
        ("DROP TABLE trace", "only read"),
        (
            "INSERT INTO saved_search VALUES ('a', 'traces') RETURNING name",
            "only read",
        ),
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM no_such", "no such table"),
        ("SELECT 1; SELECT 2", "ultiple statements"),
        ("", "only read"),
    ] {
        let answer = program.run(&["sql", statement, "--json"]);
        assert_eq!((answer.status, &*answer.out), (2, ""), "{statement}");
        assert!(answer.err.contains(said), "{statement}: {}", answer.err);
    }
    let attached = program.at("other.db");
    let statement = format!("ATTACH '{}' AS other", attached.display());
    assert_ne!(program.run(&["sql", &statement]).status, 0);
    assert!(!attached.exists());
    assert_eq!(program.count("spans", ""), before);
}
