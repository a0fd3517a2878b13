//! Lambda's own words for runtimes that are none. Its lists of them differ by what they are for,
//! and from its public model; they are here as it answered them in 2026.

use crate::decode::Violation;

/// The runtimes that functions can be created for, in the order that AWS lists them in.
pub const CREATABLE_RUNTIMES: [&str; 25] = [
    "nodejs20.x",
    "python3.14",
    "provided.al2023",
    "python3.12",
    "python3.13",
    "nodejs24.x",
    "nodejs22.x",
    "java25",
    "python3.10",
    "python3.11",
    "java21",
    "ruby3.3",
    "ruby3.4",
    "ruby3.2",
    "python3.8",
    "python3.9",
    "java17",
    "nodejs16.x",
    "dotnet10",
    "dotnet8",
    "java11",
    "dotnet6",
    "nodejs18.x",
    "provided.al2",
    "java8.al2",
];

/// The runtimes that layers can be asked for by.
const LAYER_RUNTIMES: [&str; 56] = [
    "ruby3.5",
    "ruby2.6",
    "dotnetcore1.0",
    "python3.7",
    "nodejs8.10",
    "nasa",
    "ruby2.7",
    "python2.7-greengrass",
    "dotnetcore2.0",
    "python3.8",
    "java21",
    "dotnet6",
    "dotnetcore2.1",
    "python3.9",
    "java11",
    "nodejs6.10",
    "provided",
    "dotnetcore3.1",
    "dotnet8",
    "java25",
    "java17",
    "nodejs",
    "nodejs4.3",
    "java8.al2",
    "go1.x",
    "dotnet10",
    "nodejs20.x",
    "go1.9",
    "byol",
    "nodejs10.x",
    "provided.al2023",
    "nodejs22.x",
    "python3.10",
    "java8",
    "nodejs12.x",
    "python3.11",
    "nodejs24.x",
    "nodejs8.x",
    "python3.12",
    "nodejs14.x",
    "nodejs8.9",
    "nodejs26.x",
    "python3.13",
    "python3.14",
    "nodejs16.x",
    "python3.15",
    "provided.al2",
    "nodejs4.3-edge",
    "nodejs18.x",
    "ruby3.2",
    "python3.4",
    "ruby3.3",
    "ruby3.4",
    "ruby2.5",
    "python3.6",
    "python2.7",
];

/// Where the list of an enumeration's names begins.
const ENUMERATION: &str = "Member must satisfy enum value set";

/// The words for a violation that has some of its own.
pub(crate) fn words(violation: &Violation) -> Option<String> {
    let listed = |names: &[&str]| format!("{ENUMERATION}: [{}]", names.join(", "));
    match violation.member()? {
        "CompatibleRuntime" => Some(listed(&LAYER_RUNTIMES)),
        // Too many of them are told as anything else is.
        "CompatibleRuntimes" if violation.words.contains(ENUMERATION) => {
            Some(listed(&CREATABLE_RUNTIMES))
        }
        _ => None,
    }
}

/// Runtimes are told of before anything else.
pub(crate) fn rank(violation: &Violation) -> u8 {
    match violation.member() {
        Some("CompatibleRuntimes") => 0,
        _ => 1,
    }
}
