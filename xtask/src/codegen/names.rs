//! The model's names as Rust spells them.

const KEYWORDS: &[&str] = &[
    "as", "async", "await", "box", "break", "const", "continue", "dyn", "else", "enum", "extern",
    "final", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut",
    "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "try", "type",
    "unsafe", "use", "virtual", "where", "while", "yield",
];

/// `KMSMasterKeyId` to `kms_master_key_id`, keywords with `r#`.
pub fn field(name: &str) -> String {
    let name = snake(name);
    if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

/// `ResourceNotFoundException` to `RESOURCE_NOT_FOUND_EXCEPTION`.
pub fn constant(name: &str) -> String {
    snake(name).to_uppercase()
}

fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            out.push('_');
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let starts_word = c.is_ascii_uppercase()
            && before.is_some_and(|b| {
                b.is_ascii_lowercase()
                    || b.is_ascii_digit()
                    || (b.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if starts_word {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The type of a shape: its first letter upper case, underscores gone.
pub fn type_name(shape: &str) -> String {
    capitalised(&shape.replace('_', ""))
}

/// Variants for an enumeration's names: `PAY_PER_REQUEST` to `PayPerRequest`, `python3.12` to
/// `Python3_12`.
pub fn variants(values: &[String]) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for value in values {
        let mut name = variant(value);
        while taken.contains(&name) {
            name.push('_');
        }
        taken.push(name);
    }
    taken
}

fn variant(value: &str) -> String {
    let mut out = String::new();
    for piece in value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|p| !p.is_empty())
    {
        let shouted = !piece.chars().any(|c| c.is_ascii_lowercase());
        let piece = if shouted {
            capitalised(&piece.to_lowercase())
        } else {
            capitalised(piece)
        };
        let digits_meet = out.ends_with(|c: char| c.is_ascii_digit())
            && piece.starts_with(|c: char| c.is_ascii_digit());
        if digits_meet {
            out.push('_');
        }
        out.push_str(&piece);
    }
    if out.is_empty() || out.starts_with(|c: char| c.is_ascii_digit()) {
        format!("V{out}")
    } else if out == "Self" {
        // The one keyword that a capitalised word can be.
        out + "_"
    } else {
        out
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}
