//! What a service is called where nothing says `service.name`. In this order: see each table.

/// Members of a Sentry event that name its project.
pub const PROJECT_MEMBERS: &[&str] = &["project_slug", "project_name", "project"];

/// Members of a Sentry event that name the service, the best first: the project, then the machine.
pub const EVENT_MEMBERS: &[&str] = &["project_slug", "project_name", "project", "server_name"];

/// SDKs on whose spans `server.address` is the machine that reports, not the one that was called.
const OWN_ADDRESS: &[&str] = &["sentry.python"];

/// Last resort: the SDK's name. Those in the table have a better one than what follows `sentry.`.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("sentry.javascript.node", "node"),
    ("sentry.javascript.bun", "bun"),
    ("sentry.javascript.deno", "deno"),
    ("sentry.javascript.nestjs", "nestjs"),
    ("sentry.cocoa", "cocoa"),
];

/// Whether `server.address` on a span of this SDK is the machine that reports.
pub fn address_is_own(sdk: &str) -> bool {
    OWN_ADDRESS.iter().any(|own| sdk.starts_with(own))
}

/// A short name for an SDK: `javascript.browser` for `sentry.javascript.browser`, `node` for Node's.
pub fn short_sdk_name(sdk: &str) -> &str {
    let short = SHORT_NAMES.iter().find(|(name, _)| *name == sdk);
    match short {
        Some((_, short)) => short,
        None => sdk.strip_prefix("sentry.").unwrap_or(sdk),
    }
}
