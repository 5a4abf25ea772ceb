//! The search language, without knowledge of store or window: text to a typed tree and back.
//!
//! A search is a list of terms, separated by spaces, that must all hold. `!` turns a term or group around: what it holds
//! for are exactly the records that the term does not hold for, those without the attribute among them. Only a
//! comparison becomes the opposite one: `!key:>5` is `key:<=5`, and `!(key:>5)` is all the rest. `OR` between terms asks
//! for either, `AND` is what a space means; both in any case. `AND` binds tighter, parentheses group.
//!
//! # Terms
//!
//! | form | holds when |
//! |---|---|
//! | `word`, `"two words"`, `wo*d` | the text of the record (a log's body, a span's name or description) has it somewhere; or it is the id of its span or trace |
//! | `//expression//` | the regular expression is found in the text of the record |
//! | `key:value`, `key:=value`, `key:"two words"` | the attribute equals the value |
//! | `key:""`, `tags[key]:""` | it is empty or not there, as with `!has:key`; the text of no letters alone is `tags[key,string]:""` |
//! | `key:!=value` | it does not: `!key:value` |
//! | `key:pre*`, `key:*end`, `key:*mid*`, `key:a*b` | the whole text fits; a star is any run of characters |
//! | `key:>5`, `>=`, `<`, `<=` | it is a number, or a text of plain digits such as `5` or `-2.50`, and compares so |
//! | `key:[a, "b c", x*, >5]` | any of the items holds; also `key:=[…]`, `key:!=[…]` |
//! | `key://expression//` | the regular expression is found in its text |
//! | `has:key`, `key:*` | there is a value, and it is not empty |
//! | `key[*]:value` | it is a list, and an item passes; every form of value may follow |
//! | `tags[key]:value` | it is an attribute of exactly this name: no field of the record, no other name for the same |
//! | `tags[key,number]:value` | likewise, and the value is of this type: `string`, `number`, `boolean`, `array` |
//! | `is:flag` | the record is of a sort, see below |
//! | `import:3`, `import:spans.json` | the import with this number, or of this file, brought it |
//! | `issue:name` | it is a span, or a log record, of an issue with this fingerprint or kind; `has:issue` of any |
//! | `time:>2026-01-31` and others | see times |
//! | `release.version:>1.2` and others | see versions |
//! | `p95(span.duration):>1s` and others | see aggregates |
//! | `{op:db duration:>1s}` | the trace has a span that fits all of this; see traces |
//!
//! Names hold letters, digits and `_.-/@$#` and begin with a letter, `_`, `@` or `$`; any other name is quoted,
//! `"odd name":value`. Inside words and quotes `\"`, `\*` and `\\` stand for the characters themselves; any other
//! backslash is one. `://`, `::` and a digit in front make no key, so that addresses, paths and times can be pasted as
//! they are.
//!
//! # Values
//!
//! What a value is decides how it is compared, since there is no schema: text by its letters; a number by its value
//! (`5` equals `5.0`, `1.5ms` equals 1500000); a boolean with `true` or `1`, `false` or `0`.
//!
//! Units: durations become nanoseconds (`ns us µs ms s m min h hr d day w wk`), sizes bytes (`bit nb bytes`, `kb` to `yb`
//! by 1000, `kib` to `yib` by 1024, in any case), `%` is a hundredth, plain numbers take `k M b` (thousand, million,
//! billion). `m` is a minute and `M` a million.
//!
//! What follows `<` or `>` and is no number makes all of it text: `release:>1.x` looks for `>1.x`. After names that hold
//! numbers for certain (`duration`, `trace.spans`, `severity_number` and the like) whatever is no number is an error, with a
//! comparison or without one, unless it is in quotes; of an attribute that only has such a name, `tags[duration]:fast`.
//!
//! # Upper and lower case
//!
//! Counts in `key:value`, in names and in regular expressions (unless they begin with `(?i)`); does not count in free
//! text, in values with a star, in `AND`, `OR`, flags, booleans and units of size.
//!
//! # Times
//!
//! After `time` and `timestamp`, the record's own time, only times are read, unless in quotes:
//!
//! * `time:>=2026-01-31`, `time:<2026-01-31T10:00:00.5+02:00` compare; a date is its first instant, no zone is UTC;
//! * `time:2026-01-31` is that day of UTC, `time:2026-01-31T10:00:00Z` from 5 minutes before to 6 minutes after;
//! * `time:-24h` is the last day, `time:+24h` all before it, `time:<-24h` likewise with a comparison;
//! * seconds, milliseconds, microseconds or nanoseconds since 1970 (9 digits or more) stand for an instant.
//!
//! [`parse`] knows no clock: relative times stay relative in the tree. [`Expr::at`] makes them absolute with the `now`
//! it is given; the store counts those that are still relative from the last recorded instant.
//!
//! # Versions
//!
//! After `release.version` and `release.build` a comparison (`>`, `>=`, `<`, `<=`) is one of versions, by the precedence
//! of Semantic Versioning 2.0.0: a pre-release comes before its version, numbers by size, words by their letters, and
//! what stands behind `+` counts for nothing. Numbers that are missing are 0, so that `1.2` and `1.2.0` tie; a fourth
//! number and a `v` in front are allowed. Of builds all parts compare like those of a pre-release.
//!
//! The version is looked for in an attribute of that name and, as in `shop@1.2.3-rc.1+456`, in the release. What is no
//! version passes no comparison; what is written behind one and is none is an error. [`Version`]
//!
//! # Several spans of a trace
//!
//! Where traces are searched, `{…}` holds for a trace that has a span that fits all of what is within. Each pair speaks
//! of a span of its own, so that `{op:db duration:>100ms} {is:error}` asks for a slow query and for a failure, of one
//! span or of two. Braces combine by `AND`, `OR`, `!` and parentheses as terms do; `!{is:error}` is a trace without any
//! failed span. What stands outside of braces is asked of one span, all of it together as far as it stands side by side.
//!
//! Braces do not nest, and everywhere else they are an error ([`Subject`]); inside a word they are letters, `/api/{id}`,
//! if each has its counterpart.
//!
//! # Flags
//!
//! `is:error`: a span whose status is an error, a log record of level error or fatal. `is:root`: a span without a parent.
//! `is:segment`: a span that its source calls the first of a service. `is:traced`: a record that belongs to a trace. See
//! [`Flag`].
//!
//! # Aggregates
//!
//! `p95(span.duration):>1s`, `count():>3`, `count_if(user,equals,"a b"):5`, `failure_rate():>10%` ask for groups of
//! records, where a question groups them. Arguments are names, numbers, or text in quotes. A comparison makes any name a
//! function; without one only well-known names are, so that pasted text with parentheses stays text. Such a term may not
//! be joined to a filter of records by `OR`, nor turned around together with one: [`Expr::split_having`] parts the two.
//! [`parse_for`] refuses them where nothing is grouped, and those that are no [`Aggregate`].
//!
//! # Regular expressions
//!
//! The syntax of the Rust crate `regex`: linear time, no look-around, no back-references. They begin behind `//` and end
//! at `//` before a space, `)`, `}` or the end; a slash within is written `\/` where it would end it. Without an end it is
//! text. At most 1000 bytes, groups 50 deep, a compiled size of 1 MiB.
//!
//! # Limits
//!
//! Parentheses may be 64 deep. A search that cannot be read is a [`SyntaxError`] with the bytes that are wrong and what
//! was expected there.
//!
//! [`parse`] makes the tree, its `Display` writes it back such that it parses to the same tree. [`tokens`] colours text
//! while it is typed, right or wrong, [`Completion`] tells what could stand at the cursor. [`with_term`] is what a click on a value does to a search.
//!
//! What is computed over the records found is an [`Aggregate`], `p95(span.duration)`, with a parser of its own.

mod aggregate;
mod aggregate_reader;
mod ast;
mod complete;
mod edit;
mod flag;
mod having;
mod key;
mod lexeme;
mod lexer;
mod narrow;
mod number;
mod operand;
mod parser;
mod pattern;
mod printer;
mod regex;
mod required;
#[cfg(test)]
mod tests;
mod time;
mod version;
mod words;

pub use aggregate::{Aggregate, Percent, Threshold};
pub use aggregate_reader::{FUNCTIONS, aggregate_tokens, parse_aggregates, parse_duration};
pub use ast::{Comparison, Expr, Having, Moment, Pattern, Term, Test, ValueType};
pub use complete::{Completion, Wanted};
pub use edit::{both, with_absence, with_part, with_pieces, with_term};
pub use flag::Flag;
pub use lexeme::{Token, TokenKind};
pub use lexer::tokens;
pub use narrow::{of_records, with_duration_range, without_key};
pub use number::number;
pub use operand::is_number_key;
pub use parser::{Subject, SyntaxError, parse, parse_filter, parse_for};
pub use printer::{quote, quote_key};
pub use regex::Regex;
pub use time::is_time_key;
pub use version::{ReleasePart, Version};
pub use words::words;
