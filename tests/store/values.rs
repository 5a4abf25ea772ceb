//! What goes into the store comes out of it: every kind of value, in every encoding of a column.

use crate::store_support::*;
use headwater::model::batch::Batch;
use headwater::model::record::RecordRef;
use headwater::model::{CancelToken, Value};
use headwater::query::{Comparison, Expr, Test};
use headwater::store::{Filter, GroupOrder, Grouping, RecordKind};

fn strange_values() -> Vec<Value> {
    vec![
        Value::Null,
        text(""),
        text("a\0b"),
        text("ünï©ode 🦀"),
        text(&"long ".repeat(100_000)),
        Value::Int(0),
        Value::Int(-1),
        Value::Int(i64::MIN),
        Value::Int(i64::MAX),
        Value::Float(0.0),
        Value::Float(-0.0),
        Value::Float(1.5e300),
        Value::Float(f64::NAN),
        Value::Float(f64::NEG_INFINITY),
        Value::Bool(true),
        Value::Bool(false),
        Value::Json("[1,{\"a\":null}]".into()),
    ]
}

/// Logs of which each has one of the values under `key`, spread so that every `step`-th record has one.
fn logs_with(values: &[Value], step: usize) -> Batch {
    let mut batch = Batch::default();
    for (place, value) in values.iter().enumerate() {
        for filler in 0..step {
            let mut record = log(&mut batch, (place * step + filler) as i64, "");
            if filler == 0 {
                record.attrs = attributes(&mut batch, &[("key", value.clone())]);
            }
            batch.logs.push(record);
        }
    }
    batch
}

fn assert_comes_back(values: &[Value], step: usize) {
    let place = Place::new();
    let reader = store_of(&place, vec![logs_with(values, step)]);
    let found = reader
        .find(
            RecordKind::Log,
            &Filter::default(),
            false,
            &CancelToken::default(),
        )
        .unwrap();
    let rows = reader.log_rows(&found.refs, &["key".to_owned()]).unwrap();
    assert_eq!(rows.len(), values.len() * step);
    for (place, row) in rows.iter().enumerate() {
        let expected = (place % step == 0).then(|| &values[place / step]);
        let given = row.cells[0].as_ref();
        let alike = match (given, expected) {
            (Some(given), Some(expected)) => same(given, expected),
            (given, expected) => given.is_none() && expected.is_none(),
        };
        assert!(alike, "row {place}");
    }
    let details = reader.details(RecordKind::Log, found.refs[0]).unwrap();
    assert_eq!(details.attributes.len(), 1);
    assert!(same(&details.attributes[0].1, &values[0]));
}

#[test]
fn values_come_back_from_every_encoding() {
    let strange = strange_values();
    // Every value once, each in every row, in one row of three, in one of twenty.
    assert_comes_back(&strange, 1);
    assert_comes_back(&strange, 3);
    assert_comes_back(&strange, 20);
    // Few values often: codes of one byte, dense and sparse.
    let small: Vec<Value> = strange
        .iter()
        .filter(|value| !matches!(value, Value::Str(text) if text.len() > 1000))
        .cloned()
        .collect();
    let often: Vec<Value> = small.iter().cycle().take(2_000).cloned().collect();
    assert_comes_back(&often, 1);
    assert_comes_back(&often, 2);
    assert_comes_back(&often, 10);
    // Codes of two bytes, and of four.
    let many = |distinct: i64, all: i64| {
        (0..all)
            .map(|n| Value::Int(n % distinct))
            .collect::<Vec<_>>()
    };
    assert_comes_back(&many(300, 2_000), 1);
    assert_comes_back(&many(300, 2_000), 12);
    assert_comes_back(&many(20_000, 32_000), 1);
    // All different, over several segments.
    assert_comes_back(&many(70_000, 70_000), 1);
}

#[test]
fn records_come_back_whole() {
    let place = Place::new();
    let mut batch = Batch::default();
    let shop = resource(
        &mut batch,
        "shop",
        &[("service.name", text("shop")), ("host", Value::Int(7))],
    );
    let scope = headwater::model::batch::Scope {
        name: batch.keep("lib"),
        version: batch.keep("1.2"),
    };
    batch.scopes.push(scope);
    let mut one = span(&mut batch, 1, 10, 0, "GET /");
    one.resource = shop;
    one.op = batch.keep("http.server");
    one.description = batch.keep("GET /home");
    one.kind = headwater::model::batch::SpanKind::Server;
    one.status = headwater::model::batch::SpanStatus::Error;
    one.status_message = batch.keep("internal_error");
    one.segment = true;
    one.events = batch.keep("[{\"name\":\"e\"}]");
    one.links = batch.keep("[]");
    one.position = 4242;
    one.attrs = attributes(
        &mut batch,
        &[
            ("b", Value::Int(2)),
            ("a", text("x")),
            ("a", text("second")),
            ("#time", text("own")),
        ],
    );
    batch.spans.push(one);
    let mut said = log(&mut batch, 1_050, "hello");
    said.trace = trace_id(1);
    said.severity = 13;
    said.severity_text = batch.keep("WARNING");
    said.template = batch.keep("hel{}");
    said.span = headwater::model::SpanId(10);
    said.resource = shop;
    batch.logs.push(said);
    let reader = store_of(&place, vec![batch]);

    let trace = reader
        .trace(trace_id(1), &CancelToken::default())
        .unwrap()
        .unwrap();
    let span = &trace.spans[0];
    assert_eq!(
        (&*span.name, &*span.op, &*span.description, &*span.service),
        ("GET /", "http.server", "GET /home", "shop")
    );
    assert_eq!(
        (&*span.sdk, span.segment, span.parent()),
        ("test.sdk", true, None)
    );
    assert_eq!(trace.logs.len(), 1);
    assert_eq!(
        (
            &*trace.logs[0].body,
            trace.logs[0].severity,
            &*trace.logs[0].service
        ),
        ("hello", 13, "shop")
    );

    let details = reader.details(RecordKind::Span, span.at).unwrap();
    let names: Vec<&str> = details.attributes.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["#time", "a", "b"]);
    assert_eq!(details.attributes[1].1, text("x"));
    assert_eq!(
        details.resource,
        [
            ("host".into(), Value::Int(7)),
            ("service.name".into(), text("shop"))
        ]
    );
    assert_eq!((&*details.scope.0, &*details.scope.1), ("lib", "1.2"));
    assert_eq!(
        (&*details.status_message, &*details.events, &*details.links),
        ("internal_error", "[{\"name\":\"e\"}]", "[]")
    );
    assert_eq!((&*details.file, details.position), ("file.json", 4242));
    let details = reader.details(RecordKind::Log, trace.logs[0].at).unwrap();
    assert_eq!(&*details.template, "hel{}");

    let spans = |expr| count(&reader, RecordKind::Span, expr);
    for (key, wanted) in [
        ("service", "shop"),
        ("op", "http.server"),
        ("status", "error"),
        ("status", "internal_error"),
        ("kind", "server"),
        ("segment", "true"),
        ("host", "7"),
        ("a", "x"),
        ("#time", "own"),
        ("trace_id", &trace_id(1).to_string()),
        ("span_id", "a"),
        ("name", "GET /"),
    ] {
        assert_eq!(spans(equals(key, wanted)), 1, "{key}:{wanted}");
    }
    assert_eq!(spans(equals("a", "second")), 0);
    assert_eq!(spans(term("has_parent", Test::Present)), 0);
    assert_eq!(spans(term("parent", Test::Present)), 0);
    assert_eq!(
        spans(term(
            "duration",
            Test::Compare(Comparison::GreaterOrEqual, 100.0)
        )),
        1
    );
    assert_eq!(spans(term("", Test::Contains("HOME".to_owned()))), 1);
    assert_eq!(spans(term("", Test::Contains(trace_id(1).to_string()))), 1);
    let logs = |expr| count(&reader, RecordKind::Log, expr);
    for level in ["warn", "WARNING", "Warn"] {
        assert_eq!(logs(equals("level", level)), 1, "{level}");
    }
    assert_eq!(
        logs(term("severity", Test::Compare(Comparison::Greater, 12.0))),
        1
    );
    assert_eq!(logs(term("", Test::Contains("ELL".to_owned()))), 1);
}

/// Spans and logs of a batch are encoded in the same memory: what spans say nothing of, logs may.
#[test]
fn logs_say_what_spans_beside_them_leave_out() {
    let place = Place::new();
    let mut batch = Batch::default();
    let shop = resource(&mut batch, "shop", &[("service.name", text("shop"))]);
    let mut plain = span(&mut batch, 1, 10, 0, "");
    plain.resource = shop;
    batch.spans.push(plain);
    let mut said = log(&mut batch, 1_050, "hello");
    said.severity = 13;
    said.severity_text = batch.keep("WARNING");
    said.template = batch.keep("hel{}");
    said.resource = shop;
    batch.logs.push(said);
    let reader = store_of(&place, vec![batch]);
    for (key, wanted) in [
        ("service", "shop"),
        ("level", "warn"),
        ("severity", "13"),
        ("severity_text", "WARNING"),
        ("body", "hello"),
        ("template", "hel{}"),
    ] {
        let found = count(&reader, RecordKind::Log, equals(key, wanted));
        assert_eq!(found, 1, "{key}:{wanted}");
    }
}

#[test]
fn names_and_values_are_never_sql() {
    let place = Place::new();
    let nasty = "x'; DROP TABLE trace; --\"";
    let mut batch = Batch::default();
    let mut record = log(&mut batch, 1, nasty);
    record.attrs = attributes(&mut batch, &[(nasty, text(nasty))]);
    batch.logs.push(record);
    let mut one = span(&mut batch, 1, 1, 0, nasty);
    one.op = batch.keep(nasty);
    batch.spans.push(one);
    let reader = store_of(&place, vec![batch]);
    assert_eq!(count(&reader, RecordKind::Log, equals(nasty, nasty)), 1);
    assert_eq!(count(&reader, RecordKind::Span, equals("op", nasty)), 1);
    let facet = reader
        .facet(
            RecordKind::Log,
            nasty,
            &Filter::default(),
            5,
            &CancelToken::default(),
        )
        .unwrap();
    assert_eq!(facet[0].value, text(nasty));
    assert!(
        reader
            .keys(RecordKind::Log)
            .unwrap()
            .iter()
            .any(|key| &*key.key == nasty)
    );
    assert!(reader.traces_with_prefix(nasty).unwrap().is_empty());
    assert_sound(&place.path);
}

#[test]
fn a_place_that_is_not_there_is_an_error() {
    let place = Place::new();
    let reader = store_of(&place, vec![logs_with(&[Value::Int(1)], 1)]);
    for at in [
        RecordRef { segment: 1, row: 1 },
        RecordRef {
            segment: 99,
            row: 0,
        },
    ] {
        assert!(reader.details(RecordKind::Log, at).is_err());
        assert!(reader.log_rows(&[at], &[]).is_err());
    }
    assert!(reader.error_document(5).is_err());
    assert_eq!(count(&reader, RecordKind::Log, Expr::All), 1);
}

/// Spans of which two have `both` from their resource as well, and one a name of a field.
fn spans_with_shared_names(first: u64) -> Batch {
    let mut batch = Batch::default();
    let resource = resource(
        &mut batch,
        "shop",
        &[("both", text("r")), ("host", text("h"))],
    );
    for id in first..first + 4 {
        let mut span = span(&mut batch, 1, id, (id > 1) as u64, "a");
        let own: &[(&str, Value)] = match id {
            1 => &[("both", Value::Int(1)), ("own", Value::Bool(true))],
            2 => &[("name", text("b"))],
            _ => &[],
        };
        span.attrs = attributes(&mut batch, own);
        span.resource = resource;
        batch.spans.push(span);
    }
    batch
}

#[test]
fn names_are_counted_as_has_finds_them() {
    let place = Place::new();
    let mut writer = place.writer();
    import(&mut writer, "a.json", vec![spans_with_shared_names(1)]);
    // Two of them are there already, so this segment shows the others only.
    import(&mut writer, "b.json", vec![spans_with_shared_names(3)]);
    // And all of these.
    import(&mut writer, "c.json", vec![spans_with_shared_names(1)]);
    let reader = place.reader();
    let keys = reader.keys(RecordKind::Span).unwrap();
    assert_eq!(count(&reader, RecordKind::Span, Expr::All), 6);
    for (key, expected) in [
        ("time", 6),
        ("name", 6),
        ("parent_span_id", 5),
        ("both", 6),
        ("host", 6),
        ("own", 1),
        ("transaction", 6),
        ("import", 6),
    ] {
        let known = keys.iter().find(|known| &*known.key == key);
        let present = known.map(|known| known.present);
        assert_eq!(present, Some(expected), "{key}");
        let found = count(&reader, RecordKind::Span, term(key, Test::Present));
        assert!(key == "transaction" || found == expected, "{key}: {found}");
    }
}

#[test]
fn records_are_counted_and_found_by_the_file_they_came_from() {
    let place = Place::new();
    let mut writer = place.writer();
    import(&mut writer, "/x/a.json", vec![spans_with_shared_names(1)]);
    import(&mut writer, "/x/b c.json", vec![spans_with_shared_names(5)]);
    let reader = place.reader();
    let counted = |filter: &Filter| {
        let cancel = CancelToken::default();
        let values = reader.facet(RecordKind::Span, "import", filter, 9, &cancel);
        let values = values.unwrap().into_iter();
        values
            .map(|value| (value.value.text().into_owned(), value.count))
            .collect::<Vec<_>>()
    };
    let both = [("a.json".to_owned(), 4), ("b c.json".to_owned(), 4)];
    assert_eq!(counted(&Filter::default()), both);
    for (name, number) in [("a.json", "1"), ("b c.json", "2")] {
        for text in [name, number, &format!("/x/{name}")] {
            let search = equals("import", text);
            let range = None;
            let found = counted(&Filter { search, range });
            assert_eq!(found, [(name.to_owned(), 4)], "{text}");
        }
    }
    // What comes later has its name, and one that is no longer alone with its own goes by its path.
    import(&mut writer, "/y/a.json", vec![spans_with_shared_names(9)]);
    let grouping = Grouping {
        keys: vec!["import".to_owned()],
        aggregates: Vec::new(),
        order: GroupOrder::Aggregate(0),
        descending: true,
        limit: 9,
    };
    let cancel = CancelToken::default();
    let groups = reader.group(RecordKind::Span, &Filter::default(), &grouping, &cancel);
    let mut names: Vec<String> = groups
        .unwrap()
        .groups
        .iter()
        .filter_map(|group| group.keys[0].as_ref())
        .map(|value| value.text().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["/x/a.json", "/y/a.json", "b c.json"]);
    let later = equals("import", "/y/a.json");
    assert_eq!(count(&reader, RecordKind::Span, later), 4);
}
