//! Alert rules as tables: thresholds and what lies beside them, windows without data, gaps, levels, changes, issues.

use headwater::alerts::failures::{Failed, Known, Why};
use headwater::alerts::judged::{Judged, Limits};
use headwater::alerts::rule::{Level, Metric, Watches};
use headwater::alerts::{Backtest, Ended, Incident, Readings, Recorded, RuleSet, rules_from};
use headwater::alerts::{backtest::Material, incidents::incidents, suggest, words};
use headwater::model::Nanos;
use std::sync::Arc;

/// A set with one rule: a metric of one-minute windows with this at its end.
fn rule(end: &str) -> RuleSet {
    let text = format!("[[rule]]\nname = \"r\"\naggregate = \"count()\"\nwindow = \"1m\"\n{end}\n");
    rules_from(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"))
}

fn metric(set: &RuleSet) -> &Metric {
    match &set.rules[0].watches {
        Watches::Metric(metric) => metric,
        Watches::Issues(_) => panic!("the first rule is about a number"),
    }
}

/// Minutes from 100 on, one value each; something was recorded in all of them.
fn readings(values: &[f64]) -> (Readings, Recorded) {
    let readings = Readings {
        first_end: 101,
        step: 1,
        window: 1,
        values: values.to_vec(),
        counts: values.iter().map(|value| *value as u64).collect(),
        peers: Vec::new(),
    };
    let recorded = Recorded {
        start: 100,
        end: 100 + values.len() as i64,
        gaps: Vec::new(),
    };
    (readings, recorded)
}

/// The incidents of a rule over such minutes.
fn over(end: &str, values: &[f64]) -> Vec<Incident> {
    let set = rule(end);
    let (readings, recorded) = readings(values);
    let metric = metric(&set);
    incidents(&Judged::new(metric, &readings, &recorded), metric.windows)
}

/// Level, beginning, end and levels fired of incidents, in minutes from 100.
fn told(incidents: &[Incident]) -> Vec<String> {
    let one = |incident: &Incident| {
        let fired: Vec<String> = incident
            .fired
            .iter()
            .map(|(at, level)| format!("{}@{}", &level.name()[..1], at - 100))
            .collect();
        let end = match incident.ended {
            Ended::Resolved => "",
            Ended::Stopped => "…",
        };
        format!(
            "{}-{}{end} {}",
            incident.start - 100,
            incident.end - 100,
            fired.join(" ")
        )
    };
    incidents.iter().map(one).collect()
}

#[test]
fn thresholds_are_strict_and_resolve_where_they_say() {
    let nothing: [&str; 0] = [];
    for (end, values, expected) in [
        (
            "above = { critical = 5 }",
            &[5.0, 5.0, 4.0][..],
            &nothing[..],
        ),
        (
            "above = { critical = 5 }",
            &[5.0, 6.0, 5.0, 4.0],
            &["2-3 c@2"],
        ),
        // Above nothing is over at nothing.
        ("above = { critical = 0 }", &[0.0, 1.0, 0.0], &["2-3 c@2"]),
        ("below = { critical = 5 }", &[5.0, 4.0, 5.0], &["2-3 c@2"]),
        ("below = { critical = 5 }", &[5.0, 5.0], &nothing),
        // What resolves is strict, too: at 2 it is still on.
        (
            "above = { critical = 5, resolve = 2 }",
            &[6.0, 4.0, 2.0, 1.0],
            &["1-4 c@1"],
        ),
        // With a warning, critical is over at its own threshold, and the warning at what resolves.
        (
            "above = { critical = 5, warning = 3, resolve = 1 }",
            &[4.0, 6.0, 4.0, 2.0, 0.0],
            &["1-5 w@1 c@2"],
        ),
        (
            "above = { critical = 5, warning = 3 }",
            &[6.0, 3.0],
            &["1-2 w@1 c@1"],
        ),
        ("above = { warning = 3 }", &[4.0, 3.0], &["1-2 w@1"]),
        // Not over when the recording ends.
        ("above = { critical = 5 }", &[0.0, 6.0, 7.0], &["2-3… c@2"]),
    ] {
        assert_eq!(told(&over(end, values)), expected, "{end} {values:?}");
    }
}

#[test]
fn windows_must_agree_one_after_the_other() {
    let three = "windows = 3\nabove = { critical = 5 }";
    assert_eq!(
        told(&over(three, &[6.0, 6.0, 0.0, 6.0, 6.0, 0.0])),
        Vec::<String>::new()
    );
    // It began with the first of the three, and is over with the third that is back.
    let values = [0.0, 6.0, 6.0, 6.0, 0.0, 0.0, 6.0, 0.0, 0.0, 0.0, 0.0];
    assert_eq!(told(&over(three, &values)), ["2-10 c@4"]);
}

#[test]
fn a_level_is_quiet_for_ten_minutes_after_it_fired() {
    let mut values = vec![0.0; 20];
    (values[1], values[3], values[14]) = (9.0, 9.0, 9.0);
    assert_eq!(
        told(&over("above = { critical = 5 }", &values)),
        ["2-3 c@2", "15-16 c@15"]
    );
    // What is still beyond when the ten minutes are over fires then.
    let mut values = vec![0.0; 20];
    values[1] = 9.0;
    values[3..16].fill(9.0);
    assert_eq!(
        told(&over("above = { critical = 5 }", &values)),
        ["2-3 c@2", "12-17 c@12"]
    );
}

#[test]
fn the_peak_is_the_worst_on_the_bad_side() {
    let found = over("below = { critical = 5 }", &[9.0, 4.0, 1.0, 3.0, 9.0]);
    assert_eq!(
        (found[0].peak, found[0].level, found[0].minutes()),
        ((103, 1.0), Level::Critical, 3)
    );
    let found = over("above = { critical = 5 }", &[6.0, 8.0, 7.0, 0.0]);
    assert_eq!(found[0].peak, (102, 8.0));
}

#[test]
fn windows_without_records_are_nothing_and_gaps_are_not_looked_at() {
    // Nothing happened for two minutes while something else was recorded.
    let silent = over("below = { critical = 1 }", &[5.0, 0.0, 0.0, 5.0]);
    assert_eq!(told(&silent), ["2-4 c@2"]);
    // The recording was off for an hour: what is open ends, and silence is none.
    let mut values = vec![0.0; 70];
    values[..4].copy_from_slice(&[5.0, 9.0, 9.0, 9.0]);
    values[64..].fill(5.0);
    let (readings, _) = readings(&values);
    let counts: Vec<u64> = values.iter().map(|value| *value as u64).collect();
    let recorded = Recorded::new(100, &counts, 30);
    assert_eq!(recorded.gaps, [(104, 164)]);
    let of = |end: &str| {
        let set = rule(end);
        told(&incidents(
            &Judged::new(metric(&set), &readings, &recorded),
            1,
        ))
    };
    assert_eq!(of("below = { critical = 1 }"), Vec::<String>::new());
    assert_eq!(of("above = { critical = 8 }"), ["2-4… c@2"]);
    assert_eq!(recorded.minutes(), 10);
}

#[test]
fn a_window_that_began_before_the_recording_is_not_too_little() {
    let of = |end: &str| {
        let set = rules_from(&format!(
            "[[rule]]\nname = \"r\"\naggregate = \"count()\"\nwindow = \"5m\"\n{end}"
        ))
        .expect("it is right");
        let (mut readings, recorded) = readings(&[1.0, 2.0, 3.0, 4.0, 5.0, 5.0]);
        readings.window = 5;
        told(&incidents(
            &Judged::new(metric(&set), &readings, &recorded),
            1,
        ))
    };
    assert_eq!(of("below = { critical = 4.5 }"), Vec::<String>::new());
    assert_eq!(of("above = { critical = 3.5 }"), ["4-6… c@4"]);
}

#[test]
fn a_change_needs_something_before() {
    let values = [10.0, 10.0, 0.0, 10.0, 10.0, 15.0, 20.0, 30.0, 25.0, 9.0];
    // 50 % more than five minutes before is 15 and beside it; what was nothing before is not compared.
    let found = over("change = \"5m\"\nabove = { critical = 50 }", &values);
    assert_eq!(told(&found), ["7-10 c@7"]);
    assert_eq!(found[0].peak, (109, 250.0));
    let found = over("change = \"5m\"\nbelow = { critical = 5 }", &values);
    assert_eq!(told(&found), ["10-10… c@10"]);
    let set = rule("change = \"1h\"\nabove = { critical = \"50%\" }");
    let (readings, recorded) = readings(&values);
    let judged = Judged::new(metric(&set), &readings, &recorded);
    assert!(
        judged.notes[0].contains("no change can be told"),
        "{:?}",
        judged.notes
    );
    assert_eq!(incidents(&judged, 1), []);
}

#[test]
fn errors_name_their_line_and_what_is_allowed() {
    for (text, line, part) in [
        ("[[rule]\n", 1, "]"),
        (
            "[[rules]]\n",
            1,
            "allowed are settings, rule, issue_rule, ignore",
        ),
        (
            "\n[[rule]]\nname = \"a\"\naggregate = \"count()\"\nabove = { critical = 1 }\nwindow = \"7m\"\n",
            6,
            "1m, 5m, 10m",
        ),
        (
            "[[rule]]\nname = \"a\"\naggregate = \"mean(x)\"\nabove = { critical = 1 }\n",
            3,
            "there are count",
        ),
        (
            "[[rule]]\nname = \"a\"\naggregate = \"count()\"\nabove = { critical = 1, warnin = 2 }\n",
            4,
            "allowed are critical, warning, resolve",
        ),
        (
            "[[rule]]\nname = \"a\"\naggregate = \"count()\"\nabove = { critical = 1, warning = 2 }\n",
            4,
            "a warning must come before critical",
        ),
        (
            "[[rule]]\nname = \"a\"\naggregate = \"count()\"\n",
            1,
            "above = {",
        ),
        (
            "[[rule]]\naggregate = \"count()\"\nabove = { critical = 1 }\n",
            1,
            "needs a name",
        ),
        (
            "[[rule]]\nname = \"a\"\nshare = \"op:(db\"\nabove = { critical = 1 }\n",
            3,
            "share:",
        ),
        (
            "[[rule]]\nname = \"a\"\nsubject = \"errors\"\naggregate = \"p95(duration)\"\nabove = { critical = 1 }\n",
            4,
            "count_unique",
        ),
        (
            "[[rule]]\nname = \"a\"\naggregate = \"count()\"\nanomaly = { sensitivity = \"very\" }\n",
            4,
            "low, medium, high",
        ),
        (
            "[[issue_rule]]\nname = \"a\"\nwhen = \"ever\"\n",
            3,
            "new, more_than, spike, regression, escalating",
        ),
        (
            "[[issue_rule]]\nname = \"a\"\nwhen = \"new\"\nfilter = \"http.route:x\"\n",
            4,
            "allowed are kind, title",
        ),
        (
            "[[issue_rule]]\nname = \"a\"\nwhen = \"new\"\n[[issue_rule]]\nname = \"a\"\nwhen = \"new\"\n",
            5,
            "another rule called",
        ),
    ] {
        let errors = rules_from(text).expect_err(text);
        assert_eq!(errors[0].line, line, "{text}: {errors:?}");
        assert!(errors[0].message.contains(part), "{text}: {errors:?}");
    }
}

/// A failure of an issue at a second of the recording, which begins at minute 100.
fn failed(fingerprint: &str, second: i64) -> Failed {
    Failed {
        fingerprint: Arc::from(fingerprint),
        title: Arc::from(format!("{fingerprint} broke")),
        kind: "error",
        time: Nanos((100 * 60 + second) * 1_000_000_000),
        level: Arc::from("error"),
        user: Arc::from(format!("user {}", second % 3)),
        ..Failed::default()
    }
}

/// What rules would have done about failures within so many minutes.
fn tried(text: &str, failures: &[Failed], minutes: i64, known: Known) -> Backtest {
    let set = rules_from(text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut failures = failures.to_vec();
    failures.sort_by_key(|failed| failed.time);
    let recorded = Recorded {
        start: 100,
        end: 100 + minutes,
        gaps: Vec::new(),
    };
    let material = Material {
        recorded,
        failures,
        known,
        ..Material::default()
    };
    Backtest::new(&set, &material)
}

/// The incidents of rules about failures over so many minutes, as minutes from 100.
fn of_failures(text: &str, failures: &[Failed], minutes: i64, known: Known) -> Vec<i64> {
    let backtest = tried(text, failures, minutes, known);
    backtest.results[0]
        .incidents
        .iter()
        .map(|incident| incident.start - 100)
        .collect()
}

fn issue_rule(end: &str) -> String {
    format!("[[issue_rule]]\nname = \"r\"\n{end}\n")
}

#[test]
fn an_issue_is_new_once() {
    let failures = [failed("a", 30), failed("a", 90), failed("b", 650)];
    let of = |end: &str| of_failures(&issue_rule(end), &failures, 60, Known::default());
    assert_eq!(of("when = \"new\""), [0, 10]);
    assert_eq!(of("when = \"new\"\nafter = \"10m\""), [10]);
    assert_eq!(of("when = \"new\"\nfilter = \"title:a*\""), [0]);
    assert_eq!(
        of("when = \"new\"\nfilter = \"level:fatal\""),
        Vec::<i64>::new()
    );
}

#[test]
fn more_than_so_many_fire_and_then_are_quiet() {
    let failures: Vec<Failed> = (0..40).map(|n| failed("a", n * 60)).collect();
    let of = |end: &str| of_failures(&issue_rule(end), &failures, 60, Known::default());
    // Five in five minutes are not more than five.
    assert_eq!(
        of("when = \"more_than\"\ncount = 5\nwithin = \"5m\""),
        Vec::<i64>::new()
    );
    assert_eq!(
        of("when = \"more_than\"\ncount = 4\nwithin = \"5m\"\naction_interval = \"10m\""),
        [4, 14, 24, 34]
    );
    assert_eq!(
        of("when = \"more_than\"\ncount = 4\nwithin = \"5m\"\naction_interval = \"1h\""),
        [4]
    );
}

#[test]
fn a_spike_is_measured_by_what_was_before() {
    // Two every ten minutes for two hours, then more.
    let calm = (0..24).map(|n| failed("a", n * 300));
    let of = |burst: i64, end: &str| {
        let burst = (0..burst).map(|n| failed("a", 7200 + n));
        let failures: Vec<Failed> = calm.clone().chain(burst).collect();
        of_failures(&issue_rule(end), &failures, 180, Known::default())
    };
    let spike = "when = \"spike\"\nwithin = \"10m\"\nfactor = 5\nleast = 5";
    // One of the calm ones is within ten minutes, too: ten are not above five times two.
    assert_eq!(of(9, spike), Vec::<i64>::new());
    assert_eq!(of(12, spike), [120]);
    assert_eq!(
        of(
            12,
            "when = \"spike\"\nwithin = \"10m\"\nfactor = 5\nleast = 50"
        ),
        Vec::<i64>::new()
    );
    // Six stretches of an hour were not recorded before.
    assert_eq!(
        of(50, "when = \"spike\"\nwithin = \"1h\"\nleast = 5"),
        Vec::<i64>::new()
    );
    assert_eq!(
        of(12, "when = \"escalating\"\nwithin = \"10m\"\nleast = 5"),
        [120]
    );
}

#[test]
fn what_was_resolved_or_ignored_is_known() {
    let failures: Vec<Failed> = (0..5).map(|n| failed("a", n * 600)).collect();
    let resolved = |met: u64| Known {
        resolved: [(Arc::from("a"), met)].into_iter().collect(),
        ..Known::default()
    };
    let of = |known| {
        of_failures(
            &issue_rule("when = \"regression\"\naction_interval = \"15m\""),
            &failures,
            60,
            known,
        )
    };
    assert_eq!(of(Known::default()), Vec::<i64>::new());
    assert_eq!(of(resolved(5)), Vec::<i64>::new());
    assert_eq!(of(resolved(2)), [20, 40]);
    let ignored = Known {
        ignored: [Arc::from("a")].into_iter().collect(),
        ..Known::default()
    };
    assert_eq!(
        of_failures(&issue_rule("when = \"new\""), &failures, 60, ignored),
        Vec::<i64>::new()
    );
    let noise = format!(
        "{}[[ignore]]\nsubject = \"errors\"\nfilter = \"title:a*\"\n",
        issue_rule("when = \"new\"")
    );
    assert_eq!(
        of_failures(&noise, &failures, 60, Known::default()),
        Vec::<i64>::new()
    );
}

#[test]
fn when_a_rule_was_silent_is_told() {
    // Every ten minutes of the first hour.
    let failures: Vec<Failed> = (0..6).map(|n| failed("a", n * 600)).collect();
    let often = issue_rule("when = \"more_than\"\ncount = 0\naction_interval = \"25m\"");
    let silent = |text: &str, known: Known| {
        let backtest = tried(text, &failures, 60, known);
        let all = backtest.results[0].suppressed.iter();
        let from = |minute: i64| minute - 100;
        all.map(|silent| {
            let (first, last) = silent.minutes;
            (silent.why, from(first), from(last), silent.times)
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(
        silent(&often, Known::default()),
        [(Why::Interval, 10, 20, 2), (Why::Interval, 40, 50, 2)]
    );
    let short = often.replace("25m", "10m");
    assert_eq!(silent(&short, Known::default()), [], "it is over by then");
    let ignored = Known {
        ignored: [Arc::from("a")].into_iter().collect(),
        ..Known::default()
    };
    assert_eq!(silent(&often, ignored), [(Why::Ignored, 0, 50, 6)]);
    let noise = format!("{often}[[ignore]]\nsubject = \"errors\"\nfilter = \"title:a*\"\n");
    assert_eq!(
        silent(&noise, Known::default()),
        [(Why::Noise, 0, 0, 1), (Why::Noise, 30, 30, 1)]
    );
}

#[test]
fn errors_can_be_counted_over_time() {
    let failures: Vec<Failed> = (0..6).map(|n| failed("a", 120 + n)).collect();
    let text = |end: &str| {
        format!("[[rule]]\nname = \"r\"\nsubject = \"errors\"\nwindow = \"1m\"\n{end}\n")
    };
    let of = |end: &str| of_failures(&text(end), &failures, 10, Known::default());
    assert_eq!(of("aggregate = \"count()\"\nabove = { critical = 5 }"), [3]);
    assert_eq!(
        of("aggregate = \"count()\"\nabove = { critical = 6 }"),
        Vec::<i64>::new()
    );
    assert_eq!(
        of("aggregate = \"count_unique(user)\"\nabove = { critical = 2 }"),
        [3]
    );
    assert_eq!(
        of("aggregate = \"count_unique(user)\"\nabove = { critical = 3 }"),
        Vec::<i64>::new()
    );
}

/// Two days of a number that is high for a minute every six hours, by so much more each time.
fn bursts() -> Vec<f64> {
    let mut values = vec![10.0; 2 * 1440];
    for (place, minute) in (360..2 * 1440).step_by(360).enumerate() {
        values[minute] = 100.0 + 10.0 * place as f64;
    }
    values
}

#[test]
fn a_threshold_is_suggested_and_dragging_one_gives_the_same() {
    let set = rule("above = { critical = 50 }");
    let (readings, recorded) = readings(&bursts());
    let material = Material {
        recorded: recorded.clone(),
        readings: vec![Some(readings)],
        ..Material::default()
    };
    let backtest = Backtest::new(&set, &material);
    assert_eq!(backtest.pages(), 7);
    assert_eq!(backtest.per_week(7), Some(24.5));
    let said = words::summary(&backtest);
    assert_eq!(
        said[0],
        "1 rule would have paged 7 times in 2 d: too loose, with 24.5 a week; 0 notifications."
    );
    let judged = backtest.results[0].judged.clone().expect("it has values");
    // Seven pages a week are two in two days.
    let most = suggest::allowed(7.0, &recorded);
    assert_eq!(most, 2);
    let found = suggest::suggest(metric(&set), &judged, most).expect("there are values");
    assert_eq!((found.critical, found.times), (140.0, 2));
    let mut rule = set.rules[0].clone();
    rule.watches = Watches::Metric(Box::new(suggest::applied(metric(&set), found)));
    let again = backtest.again(&[rule.clone()]);
    let anew = Backtest::new(
        &RuleSet {
            rules: vec![rule],
            ..set
        },
        &material,
    );
    assert_eq!(again, anew);
    assert_eq!(again.pages(), 2);
}

#[test]
fn rules_that_fire_together_flap_or_never_fire_are_named() {
    let text = "[[rule]]\nname = \"one\"\naggregate = \"count()\"\nwindow = \"1m\"\nabove = { critical = 50 }\n\
                [[rule]]\nname = \"other\"\ndoes = \"notify\"\naggregate = \"count()\"\nwindow = \"1m\"\nabove = { critical = 60 }\n\
                [[rule]]\nname = \"never\"\naggregate = \"count()\"\nwindow = \"1m\"\nabove = { critical = 600 }\n\
                [[rule]]\nname = \"quiet\"\ndoes = \"ignore\"\naggregate = \"count()\"\nwindow = \"1m\"\nabove = { critical = 1 }\n";
    let set = rules_from(text).expect("it is right");
    let mut values = vec![0.0; 120];
    for minute in [10, 22, 34, 80] {
        values[minute] = 99.0;
    }
    let (readings, recorded) = readings(&values);
    let material = Material {
        recorded,
        readings: vec![Some(readings); 4],
        ..Material::default()
    };
    let backtest = Backtest::new(&set, &material);
    assert_eq!((backtest.pages(), backtest.notifications()), (4, 4));
    assert_eq!(backtest.loosest(), [0, 1, 3, 2]);
    assert_eq!(
        backtest
            .together
            .iter()
            .filter(|pair| pair.rules == (0, 1))
            .count(),
        1
    );
    let said = words::summary(&backtest).join(" ");
    assert!(
        said.contains("“one” and “other” always fired together, 4 times."),
        "{said}"
    );
    assert!(said.contains("“never” never fired."), "{said}");
    assert!(backtest.is_critical());
    assert!(!backtest.results[0].flaps());
    assert!(matches!(
        backtest.results[0]
            .judged
            .as_ref()
            .map(|judged| &judged.limits),
        Some(Limits::Fixed(_))
    ));
}
