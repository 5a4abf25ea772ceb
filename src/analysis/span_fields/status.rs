//! What the numbers of statuses mean.

use super::Tone;

/// Reason phrases of RFC 9110, and of those that are in wide use beyond it.
static HTTP: &[(u16, &str)] = &[
    (100, "Continue"),
    (101, "Switching Protocols"),
    (103, "Early Hints"),
    (200, "OK"),
    (201, "Created"),
    (202, "Accepted"),
    (203, "Non-Authoritative Information"),
    (204, "No Content"),
    (205, "Reset Content"),
    (206, "Partial Content"),
    (207, "Multi-Status"),
    (300, "Multiple Choices"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (303, "See Other"),
    (304, "Not Modified"),
    (307, "Temporary Redirect"),
    (308, "Permanent Redirect"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (402, "Payment Required"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"),
    (408, "Request Timeout"),
    (409, "Conflict"),
    (410, "Gone"),
    (411, "Length Required"),
    (412, "Precondition Failed"),
    (413, "Content Too Large"),
    (414, "URI Too Long"),
    (415, "Unsupported Media Type"),
    (416, "Range Not Satisfiable"),
    (417, "Expectation Failed"),
    (421, "Misdirected Request"),
    (422, "Unprocessable Content"),
    (423, "Locked"),
    (424, "Failed Dependency"),
    (425, "Too Early"),
    (426, "Upgrade Required"),
    (428, "Precondition Required"),
    (429, "Too Many Requests"),
    (431, "Request Header Fields Too Large"),
    (451, "Unavailable For Legal Reasons"),
    (499, "Client Closed Request"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
    (505, "HTTP Version Not Supported"),
    (507, "Insufficient Storage"),
    (511, "Network Authentication Required"),
];

/// The statuses of gRPC, in the order of their numbers.
static GRPC: [&str; 17] = [
    "OK",
    "Cancelled",
    "Unknown",
    "Invalid argument",
    "Deadline exceeded",
    "Not found",
    "Already exists",
    "Permission denied",
    "Resource exhausted",
    "Failed precondition",
    "Aborted",
    "Out of range",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "Data loss",
    "Unauthenticated",
];

/// What a status of HTTP means and how it is to be taken; `None` for what is none.
pub fn http_meaning(status: &str) -> Option<(&'static str, Tone)> {
    let status: u16 = status.parse().ok()?;
    let (class, tone) = match status {
        100..=199 => ("Informational", Tone::Plain),
        200..=299 => ("Success", Tone::Good),
        300..=399 => ("Redirection", Tone::Plain),
        400..=499 => ("Client error", Tone::Doubtful),
        500..=599 => ("Server error", Tone::Bad),
        _ => return None,
    };
    let known = HTTP.iter().find(|(number, _)| *number == status);
    Some((known.map_or(class, |(_, phrase)| *phrase), tone))
}

/// The same for gRPC.
pub fn grpc_meaning(status: &str) -> Option<(&'static str, Tone)> {
    let number: usize = status.parse().ok()?;
    let tone = if number == 0 { Tone::Good } else { Tone::Bad };
    GRPC.get(number).map(|phrase| (*phrase, tone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_meanings() {
        assert_eq!(http_meaning("404"), Some(("Not Found", Tone::Doubtful)));
        assert_eq!(http_meaning("299"), Some(("Success", Tone::Good)));
        assert_eq!(http_meaning("599"), Some(("Server error", Tone::Bad)));
        assert_eq!(http_meaning("0"), None);
        assert_eq!(http_meaning("ok"), None);
        assert_eq!(grpc_meaning("0"), Some(("OK", Tone::Good)));
        assert_eq!(grpc_meaning("16"), Some(("Unauthenticated", Tone::Bad)));
        assert_eq!(grpc_meaning("17"), None);
        assert!(HTTP.is_sorted_by_key(|(number, _)| *number));
    }
}
