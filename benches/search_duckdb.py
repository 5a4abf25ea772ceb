"""The questions of search.rs, asked of DuckDB: a table with a column for every attribute, and one with a map of them.

Prints {question: {"found": n or null, "columns": ms, "map": ms}}. Both tables are DuckDB's own, warm, and it may use two threads.
"""
import json
import statistics
import sys
import time

import duckdb

ATTRIBUTES = ["user.id", "item.id", "http.route", "http.status_code", "region", "duration_ms", "retry", "host.name"]
NUMBERS = {"item.id", "http.status_code", "duration_ms"}


def column(name):
    return f'"{name}"'


def entry(name):
    value = f"attributes['{name}']"
    return f"try_cast({value} AS BIGINT)" if name in NUMBERS else value


def first(where):
    return f"SELECT * FROM logs {where} ORDER BY time LIMIT 100"


def questions(of):
    two = f"WHERE {of('http.status_code')} >= 500 AND {of('region')} = 'eu-2'"
    late = "WHERE contains(body, 'timed out')"
    rare = f"WHERE {of('user.id')} = 'user-4711'"
    count = "SELECT count(*) FROM logs"
    bucket = "floor((time - low) * 100 / (high - low + 1))"
    bounds = "(SELECT min(time) AS low, max(time) AS high FROM logs)"
    return {
        "rare value, count": [f"{count} {rare}"],
        "rare value, first": [first(rare)],
        "number >=, count": [f"{count} WHERE {of('http.status_code')} >= 500"],
        "two attributes, histogram": [f"SELECT {bucket} AS b, count(*) FROM logs, {bounds} {two} GROUP BY b"],
        "two attributes, first": [first(two)],
        "without, count": [f"{count} WHERE {of('region')} IS DISTINCT FROM 'eu-2'"],
        "beginning, count": [f"{count} WHERE starts_with({of('user.id')}, 'user-47')"],
        "body contains, count": [f"{count} {late}"],
        "body contains, first": [first(late)],
        "body fits a regex, count": [f"{count} WHERE regexp_matches(body, 'took 8[0-9]{{2}} ms$')"],
        "values under two": [
            f"SELECT {of('http.route')} AS v, count(*) AS n FROM logs {two} GROUP BY v ORDER BY n DESC LIMIT 20"
        ],
        "values of many": [f"SELECT {of('user.id')} AS v, count(*) AS n FROM logs GROUP BY v ORDER BY n DESC LIMIT 20"],
        "everything, first": [first("")],
    }


def middle(connection, statements):
    times = []
    answer = None
    for _ in range(6):
        started = time.perf_counter()
        answer = [connection.execute(statement).fetchall() for statement in statements]
        times.append((time.perf_counter() - started) * 1e3)
    return answer, statistics.median(times[1:])


def main():
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute(
        "CREATE TABLE logs AS SELECT * FROM read_csv(?, header = false, columns = "
        "{'time': 'BIGINT', 'level': 'VARCHAR', 'service': 'VARCHAR', 'body': 'VARCHAR', "
        + ", ".join(f"'{name}': '{'BIGINT' if name in NUMBERS else 'VARCHAR'}'" for name in ATTRIBUTES)
        + "})",
        [sys.argv[1]],
    )
    out = {}
    for name, statements in questions(column).items():
        answer, millis = middle(connection, statements)
        found = answer[0][0][0] if "count" in statements[0].split(" FROM ")[0] and len(answer[0]) == 1 else None
        out[name] = {"found": found, "columns": millis}
    keys = ", ".join(f"'{name}'" for name in ATTRIBUTES)
    values = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in ATTRIBUTES)
    connection.execute(
        f"CREATE TABLE maps AS SELECT time, level, service, body, map([{keys}], [{values}]) AS attributes FROM logs"
    )
    connection.execute("DROP TABLE logs; ALTER TABLE maps RENAME TO logs")
    for name, statements in questions(entry).items():
        out[name]["map"] = middle(connection, statements)[1]
    json.dump(out, sys.stdout)


main()
