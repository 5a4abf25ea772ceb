//! Stack traces that stand as text, as runtimes print them: Python, JavaScript, Java and .NET, Go.
//!
//! A line is read by itself; what no rule knows is passed over, so that any text gives some answer.

use super::in_app::is_in_app;
use super::{Exception, StackFrame, structured};

/// Calls read of an exception.
pub(super) const MOST_FRAMES: usize = 250;
/// Exceptions read of a chain.
pub(super) const MOST_EXCEPTIONS: usize = 32;

/// The exceptions of a stack trace, printed or as JSON: the one that was raised last first, then its causes.
pub fn exceptions_in(text: &str) -> Vec<Exception> {
    structured::exceptions(text).unwrap_or_else(|| exceptions_in_text(text))
}

/// The same of one that was printed.
pub(super) fn exceptions_in_text(text: &str) -> Vec<Exception> {
    let lines: Vec<&str> = text.lines().collect();
    match lines.iter().any(|line| {
        line.trim_start()
            .starts_with("Traceback (most recent call last)")
    }) {
        true => python(&lines),
        false => innermost_first(&lines),
    }
}

/// Python prints causes first, and of each the outermost call first.
fn python(lines: &[&str]) -> Vec<Exception> {
    let mut chain: Vec<Exception> = Vec::new();
    let mut frames: Vec<StackFrame> = Vec::new();
    let mut is_open = false;
    for line in lines {
        let trimmed = line.trim();
        if trimmed.starts_with("Traceback (most recent call last)") {
            frames.clear();
            is_open = true;
        } else if let Some(frame) = python_frame(trimmed) {
            frames.push(frame);
        } else if is_open && !trimmed.is_empty() && !line.starts_with([' ', '\t']) {
            let (kind, message) = kind_and_message(trimmed);
            let mut frames = std::mem::take(&mut frames);
            frames.reverse();
            frames.truncate(MOST_FRAMES);
            chain.push(Exception {
                kind,
                message,
                frames,
            });
            is_open = false;
        } else if let Some(frame) = frames.last_mut()
            && frame.code.is_empty()
        {
            frame.code = trimmed.to_owned();
        }
    }
    chain.reverse();
    chain.truncate(MOST_EXCEPTIONS);
    chain
}

/// `File "shop/tasks.py", line 21, in send`
fn python_frame(line: &str) -> Option<StackFrame> {
    let rest = line.strip_prefix("File \"")?;
    let (file, rest) = rest.split_once('"')?;
    let rest = rest.strip_prefix(", line ")?;
    let (number, function) = rest.split_once(", in ").unwrap_or((rest, ""));
    Some(StackFrame {
        function: function.to_owned(),
        file: file.to_owned(),
        line: number.trim().parse().ok(),
        in_app: is_in_app(file, ""),
        ..StackFrame::default()
    })
}

/// Other runtimes print what was raised last first, and of each the innermost call first.
fn innermost_first(lines: &[&str]) -> Vec<Exception> {
    let mut chain: Vec<Exception> = Vec::new();
    // Go names the function on a line before its place.
    let mut before = "";
    for line in lines {
        let trimmed = line.trim();
        let cause = trimmed
            .strip_prefix("Caused by: ")
            .or(trimmed.strip_prefix("[cause]: "));
        if let Some(frame) = called_frame(trimmed).or_else(|| go_frame(line, before)) {
            if chain.is_empty() {
                chain.push(Exception::default());
            }
            if let Some(raised) = chain
                .last_mut()
                .filter(|raised| raised.frames.len() < MOST_FRAMES)
            {
                raised.frames.push(frame);
            }
        } else if let Some(head) =
            cause.or((chain.is_empty() && !trimmed.is_empty()).then_some(trimmed))
            && chain.len() < MOST_EXCEPTIONS
        {
            let (kind, message) = kind_and_message(head.trim_end_matches(" {"));
            chain.push(Exception {
                kind,
                message,
                frames: Vec::new(),
            });
        }
        before = trimmed;
    }
    chain
}

/// `at send (/app/tasks.js:21:7)`, `at shop.Tasks.send(Tasks.java:21)`, `at Shop.Tasks.Send() in /app/Tasks.cs:line 21`
fn called_frame(line: &str) -> Option<StackFrame> {
    let call = line.strip_prefix("at ")?;
    if let Some((function, place)) = call.split_once(" in ") {
        let (file, line) = place.rsplit_once(":line ").unwrap_or((place, ""));
        return Some(frame(
            function.split('(').next().unwrap_or_default(),
            file,
            line.parse().ok(),
            true,
        ));
    }
    match call
        .strip_suffix(')')
        .and_then(|call| call.rsplit_once('('))
    {
        Some((function, place)) if function.ends_with(' ') => {
            let (file, line) = file_and_line(place);
            Some(frame(function.trim(), file, line, false))
        }
        Some((function, place)) => {
            let (file, line) = file_and_line(place);
            Some(frame(function, file, line, true))
        }
        None => {
            let (file, line) = file_and_line(call);
            Some(frame("", file, line, false))
        }
    }
}

/// A tab, then `/app/tasks.go:21 +0x1d`; the line before names the function.
fn go_frame(line: &str, before: &str) -> Option<StackFrame> {
    let place = line.strip_prefix('\t')?;
    let place = place.split(" +0x").next().unwrap_or(place).trim();
    let (file, line) = file_and_line(place);
    let is_go = file.ends_with(".go") && line.is_some();
    let function = before
        .rsplit_once('(')
        .map_or(before, |(function, _)| function);
    is_go.then(|| frame(function, file, line, false))
}

fn frame(function: &str, file: &str, line: Option<u64>, has_module: bool) -> StackFrame {
    let module = match has_module {
        true => function.rsplit_once('.').map_or("", |(module, _)| module),
        false => "",
    };
    let of_module = if module.is_empty() { function } else { module };
    StackFrame {
        function: function.to_owned(),
        module: module.to_owned(),
        file: file.to_owned(),
        line,
        in_app: is_in_app(file, of_module),
        code: String::new(),
    }
}

/// `file:12:3` or `file:12`
fn file_and_line(place: &str) -> (&str, Option<u64>) {
    let number = |text: &str| text.parse::<u64>().ok();
    let Some((rest, last)) = place.rsplit_once(':') else {
        return (place, None);
    };
    match (rest.rsplit_once(':'), number(last)) {
        (Some((file, line)), Some(_)) if number(line).is_some() => (file, number(line)),
        (_, Some(line)) => (rest, Some(line)),
        (_, None) => (place, None),
    }
}

/// `shop.errors.PaymentError: declined`; a line without such a beginning is a message.
fn kind_and_message(line: &str) -> (String, String) {
    let line = line.strip_prefix("Uncaught ").unwrap_or(line);
    let (kind, message) = line
        .split_once(": ")
        .unwrap_or((line.trim_end_matches(':'), ""));
    match kind.is_empty() || kind.contains(' ') {
        true => (String::new(), line.to_owned()),
        false => (kind.to_owned(), message.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Type, message and the frames as `function file line in-app`.
    fn shown(text: &str) -> Vec<(String, String, Vec<String>)> {
        let frame = |frame: &StackFrame| {
            let line = frame.line.unwrap_or_default();
            format!("{} {} {line} {}", frame.function, frame.file, frame.in_app)
        };
        let exceptions = exceptions_in(text).into_iter();
        exceptions
            .map(|raised| {
                (
                    raised.kind,
                    raised.message,
                    raised.frames.iter().map(frame).collect(),
                )
            })
            .collect()
    }

    fn raised(kind: &str, message: &str, frames: &[&str]) -> (String, String, Vec<String>) {
        let frames = frames.iter().map(|frame| (*frame).to_owned()).collect();
        (kind.to_owned(), message.to_owned(), frames)
    }

    #[test]
    fn python_puts_the_cause_first() {
        let text = "Traceback (most recent call last):\n  File \"/srv/app/shop/ledger.py\", line 7, in entry\n    return book[key]\n           ~~~~^^^^^\nKeyError: 'a'\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/srv/venv/lib/python3.11/site-packages/django/core.py\", line 50, in inner\n    response = get(request)\n  File \"/srv/app/shop/ledger.py\", line 11, in refund\n    raise LedgerMismatch(1)\nshop.ledger.LedgerMismatch: off by 1\n";
        assert_eq!(
            shown(text),
            [
                raised(
                    "shop.ledger.LedgerMismatch",
                    "off by 1",
                    &[
                        "refund /srv/app/shop/ledger.py 11 true",
                        "inner /srv/venv/lib/python3.11/site-packages/django/core.py 50 false"
                    ]
                ),
                raised("KeyError", "'a'", &["entry /srv/app/shop/ledger.py 7 true"]),
            ]
        );
        assert_eq!(exceptions_in(text)[1].frames[0].code, "return book[key]");
    }

    #[test]
    fn other_runtimes_put_the_last_first() {
        let javascript = "TypeError: fetch failed\n    at rates (/app/rates.js:21:7)\n    at node:internal/deps/undici:13:4\n    at /app/node_modules/express/router.js:9:3";
        let java = "shop.PaymentError: declined\n\tat shop.Pay.send(Pay.java:21)\n\tat java.lang.Thread.run(Thread.java:840)\nCaused by: java.io.IOException: reset\n\tat shop.Net.read(Net.java:5)\n\t... 3 more";
        let go = "goroutine 1 [running]:\nmain.refund(0x1)\n\t/app/main.go:12 +0x1d\nruntime.main()\n\t/usr/local/go/src/runtime/proc.go:250 +0x2";
        let net = "System.InvalidOperationException: no\n   at Shop.Pay.Send(Int32 a) in /src/Pay.cs:line 21\n   at System.Threading.Run()";
        assert_eq!(
            shown(javascript),
            [raised(
                "TypeError",
                "fetch failed",
                &[
                    "rates /app/rates.js 21 true",
                    " node:internal/deps/undici 13 false",
                    " /app/node_modules/express/router.js 9 false"
                ]
            )]
        );
        assert_eq!(
            shown(java),
            [
                raised(
                    "shop.PaymentError",
                    "declined",
                    &[
                        "shop.Pay.send Pay.java 21 true",
                        "java.lang.Thread.run Thread.java 840 false"
                    ]
                ),
                raised(
                    "java.io.IOException",
                    "reset",
                    &["shop.Net.read Net.java 5 true"]
                ),
            ]
        );
        assert_eq!(
            shown(go)[0].2,
            [
                "main.refund /app/main.go 12 true",
                "runtime.main /usr/local/go/src/runtime/proc.go 250 false"
            ]
        );
        assert_eq!(
            shown(net)[0].2,
            [
                "Shop.Pay.Send /src/Pay.cs 21 true",
                "System.Threading.Run  0 false"
            ]
        );
    }

    #[test]
    fn any_text_gives_some_answer() {
        assert_eq!(shown(""), []);
        assert_eq!(shown("it broke"), [raised("", "it broke", &[])]);
        assert_eq!(shown("Traceback (most recent call last):\n  File \"a"), []);
        assert_eq!(shown("at "), [raised("at", "", &[])]);
    }
}
