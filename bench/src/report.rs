//! The table of what was measured against what is wanted.

use std::fmt;

#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    tables: Vec<Table>,
}

/// Servers side by side.
pub struct Table {
    lines: Vec<(String, Vec<String>)>,
}

impl Table {
    pub fn new(what: impl Into<String>, columns: Vec<String>) -> Table {
        let lines = vec![(what.into(), columns)];
        Table { lines }
    }

    pub fn row(&mut self, what: impl Into<String>, cells: Vec<String>) {
        self.lines.push((what.into(), cells));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (what, cells)) in self.lines.iter().enumerate() {
            writeln!(f, "| {what} | {} |", cells.join(" | "))?;
            if number == 0 {
                writeln!(f, "| --- |{}", " --- |".repeat(cells.len()))?;
            }
        }
        Ok(())
    }
}

struct Row {
    what: String,
    value: f64,
    unit: &'static str,
    /// What is wanted, in words, and whether it is so; `None` where nothing is.
    goal: Option<(String, bool)>,
}

impl Report {
    pub fn table(&mut self, table: Table) {
        eprintln!("{table}");
        self.tables.push(table);
    }

    /// A number without a goal of its own.
    pub fn plain(&mut self, what: impl Into<String>, value: f64, unit: &'static str) {
        self.push(what, value, unit, None);
    }

    pub fn at_most(&mut self, what: impl Into<String>, value: f64, most: f64, unit: &'static str) {
        self.push(
            what,
            value,
            unit,
            Some((format!("<= {most:.2} {unit}"), value <= most)),
        );
    }

    pub fn at_least(
        &mut self,
        what: impl Into<String>,
        value: f64,
        least: f64,
        unit: &'static str,
    ) {
        self.push(
            what,
            value,
            unit,
            Some((format!(">= {least:.2} {unit}"), value >= least)),
        );
    }

    fn push(
        &mut self,
        what: impl Into<String>,
        value: f64,
        unit: &'static str,
        goal: Option<(String, bool)>,
    ) {
        let what = what.into();
        eprintln!("  {what}: {value:.2} {unit}");
        self.rows.push(Row {
            what,
            value,
            unit,
            goal,
        });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            writeln!(f, "{table}")?;
        }
        if self.rows.is_empty() {
            return Ok(());
        }
        writeln!(f, "| measured | value | wanted | |")?;
        writeln!(f, "| --- | ---: | --- | --- |")?;
        for row in &self.rows {
            let (goal, verdict) = match &row.goal {
                None => ("", ""),
                Some((goal, true)) => (goal.as_str(), "yes"),
                Some((goal, false)) => (goal.as_str(), "NO"),
            };
            writeln!(
                f,
                "| {} | {:.2} {} | {goal} | {verdict} |",
                row.what, row.value, row.unit
            )?;
        }
        Ok(())
    }
}

/// The middle value, or the one at `share` of the way up.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len().saturating_sub(1) as f64 * share).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles() {
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 1.0), 3.0);
        assert!(quantile(&mut [], 0.5).is_nan());
    }
}
