//! Java's regular expressions, as the models have them, in the syntax of our engine.

/// Rewrites a pattern: classes are ASCII as in Java, brackets and set operators inside classes
/// are literal, surrogate pairs are code points; anchored at both ends.
pub fn translate(java: &str) -> String {
    let java = java.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\u{10000}-\\u{10FFFF}");
    let mut out = String::from("^(?:");
    let mut chars = java.chars().peekable();
    let mut class_at: Option<usize> = None;
    while let Some(c) = chars.next() {
        let in_class = class_at.is_some();
        match c {
            '\\' => {
                let escaped = chars.next().unwrap_or('\\');
                out.push_str(&escape(escaped, in_class));
            }
            '[' if in_class => out.push_str("\\["),
            '[' => {
                out.push('[');
                if chars.peek() == Some(&'^') {
                    out.push('^');
                    chars.next();
                }
                class_at = Some(out.len());
            }
            ']' if in_class => {
                out.push(']');
                class_at = None;
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class => {
                let first = class_at == Some(out.len());
                let literal = first || matches!(chars.peek(), Some('-' | ']'));
                out.push_str(if literal { "\\-" } else { "-" });
            }
            other => out.push(other),
        }
    }
    out.push_str(")$");
    out
}

fn escape(c: char, in_class: bool) -> String {
    match (c, in_class) {
        ('w', true) => "a-zA-Z0-9_".to_owned(),
        ('w', false) => "[a-zA-Z0-9_]".to_owned(),
        ('d', true) => "0-9".to_owned(),
        ('d', false) => "[0-9]".to_owned(),
        (other, _) => format!("\\{other}"),
    }
}
