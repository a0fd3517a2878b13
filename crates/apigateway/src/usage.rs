//! What API keys have used of their plans, day by day.
//!
//! Counted in memory and written every second ([`Gateway::save_usage`]), behind the requests: a
//! day's count may miss what came in the last second before the server was killed. AWS promises no
//! more.

use crate::Gateway;
use crate::record::{DayUsage, Quota, QuotaChange, UsagePlan};
use crate::shelf::Shelf;
use base::Timestamp;
use kv::Txn;
use parking_lot::Mutex;
use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use wire::apigateway::QuotaPeriodType;

const DAY_MS: i64 = 86_400_000;

/// Counts by plan and key.
#[derive(Debug, Default)]
pub struct Usage(Mutex<HashMap<Place, Counted>>);

/// Whose use is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    /// Of the plan's records of usage.
    shelf: Shelf,
    key: String,
}

#[derive(Debug, Default)]
struct Counted {
    /// By day since 1970.
    days: HashMap<i64, i64>,
    /// The first day whose count has been read.
    since: i64,
    /// Days with a count that is not written.
    unwritten: BTreeSet<i64>,
}

/// What was used on a day, and what was left of the quota at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLeft {
    pub used: i64,
    pub left: i64,
}

/// The day of a moment, counted from 1970.
pub fn day_of(time: Timestamp) -> i64 {
    time.as_millis().div_euclid(DAY_MS)
}

/// `2026-11-22`
pub fn date_of(day: i64) -> String {
    let text = Timestamp::from_millis(day * DAY_MS).iso8601();
    text.get(..10).unwrap_or_default().to_owned()
}

/// The day of `2026-11-22`.
pub fn day_from(date: &str) -> Option<i64> {
    (date.len() == 10)
        .then(|| Timestamp::parse_iso8601(&format!("{date}T00:00:00Z")).map(day_of))?
}

/// The first day of the period that a day is in.
fn period_start(quota: &Quota, day: i64) -> i64 {
    let offset = i64::from(quota.offset);
    match quota.period.0 {
        QuotaPeriodType::Day => day,
        // 1970 began on a Thursday; weeks begin on Sundays.
        QuotaPeriodType::Week => day - (day + 4 - offset).rem_euclid(7),
        QuotaPeriodType::Month => {
            let date = date_of(day);
            let of_month = date
                .get(8..)
                .and_then(|text| text.parse::<i64>().ok())
                .unwrap_or(1);
            let first = day - (of_month - 1) + offset;
            if first <= day {
                first
            } else {
                day - (day - first).rem_euclid(28)
            }
        }
    }
}

impl Place {
    fn of(shelf: &Shelf, plan: &UsagePlan, key: &str) -> Place {
        Place {
            shelf: shelf.within(&plan.id),
            key: key.to_owned(),
        }
    }

    /// The record's id for a day.
    fn id(&self, day: i64) -> String {
        format!("{} {}", self.key, date_of(day))
    }
}

impl Usage {
    /// Whether what was used since `first` has been read.
    fn knows(&self, place: &Place, first: i64) -> bool {
        let counts = self.0.lock();
        counts
            .get(place)
            .is_some_and(|counted| counted.since <= first)
    }

    /// Takes up what was written; what has been counted since is newer.
    fn learn(&self, place: &Place, first: i64, used: HashMap<i64, i64>) {
        let mut counts = self.0.lock();
        let counted = counts.entry(place.clone()).or_insert(Counted {
            since: first,
            ..Counted::default()
        });
        counted.since = counted.since.min(first);
        for (day, used) in used {
            counted.days.entry(day).or_insert(used);
        }
    }

    /// Counts a request on the last of the days, unless as many as allowed have come on all of them.
    fn count(&self, place: Place, days: RangeInclusive<i64>, allowed: Option<i64>) -> bool {
        let today = *days.end();
        let mut counts = self.0.lock();
        let counted = counts.entry(place).or_insert(Counted {
            since: today,
            ..Counted::default()
        });
        let used: i64 = days.filter_map(|day| counted.days.get(&day)).sum();
        if allowed.is_some_and(|allowed| used >= allowed) {
            return false;
        }
        *counted.days.entry(today).or_default() += 1;
        counted.unwritten.insert(today);
        true
    }

    fn unwritten(&self) -> Vec<(Shelf, DayUsage)> {
        let counts = self.0.lock();
        let of_place = |(place, counted): (&Place, &Counted)| {
            let record = |day: &i64| {
                let record = DayUsage {
                    id: place.id(*day),
                    used: counted.days.get(day).copied().unwrap_or_default(),
                };
                (place.shelf.clone(), record)
            };
            counted.unwritten.iter().map(record).collect::<Vec<_>>()
        };
        counts.iter().flat_map(of_place).collect()
    }

    /// Notes what has been written, and forgets whoever has not come since yesterday.
    fn written(&self, records: &[(Shelf, DayUsage)], today: i64) {
        let written: HashMap<(&Shelf, &str), i64> = records
            .iter()
            .map(|(shelf, record)| ((shelf, record.id.as_str()), record.used))
            .collect();
        let mut counts = self.0.lock();
        counts.retain(|place, counted| {
            let days = &counted.days;
            counted.unwritten.retain(|day| {
                let id = place.id(*day);
                written.get(&(&place.shelf, id.as_str())) != days.get(day)
            });
            let last = days.keys().max().copied().unwrap_or_default();
            // What has been read is about to be counted on.
            days.is_empty() || !counted.unwritten.is_empty() || last >= today - 1
        });
    }
}

impl Gateway {
    /// Counts a request of a key under a plan, unless its quota is used up.
    ///
    /// # Errors
    /// The store's, when what was used before cannot be read.
    pub(crate) async fn count_usage(
        &self,
        shelf: &Shelf,
        plan: &str,
        key: &str,
        quota: Option<&Quota>,
    ) -> Result<bool, kv::Error> {
        let now = self.clock.now();
        let today = day_of(now);
        let first = quota.map_or(today, |quota| period_start(quota, today));
        let place = Place {
            shelf: shelf.within(plan),
            key: key.to_owned(),
        };
        if !self.usage.knows(&place, first) {
            let used = self.load_usage(&place, first, today).await?;
            self.usage.learn(&place, first, used);
        }
        let allowed = match quota {
            Some(quota) => Some(self.allowance(&place, (quota, first)).await?),
            None => None,
        };
        Ok(self.usage.count(place, first..=today, allowed))
    }

    /// Writes what was counted since the last time. To be called now and then, and at the end.
    ///
    /// # Errors
    /// The store's; what could not be written is still counted.
    pub async fn save_usage(&self) -> Result<(), kv::Error> {
        let unwritten = &self.usage.unwritten();
        if unwritten.is_empty() {
            return Ok(());
        }
        let write = |txn: Txn| async move {
            for (shelf, record) in unwritten {
                shelf.save(&txn, record);
            }
            Ok(())
        };
        let written = self.store.transact(write).await;
        if written.is_ok() {
            self.usage.written(unwritten, day_of(self.clock.now()));
        }
        written
    }

    async fn load_usage(
        &self,
        place: &Place,
        first: i64,
        last: i64,
    ) -> Result<HashMap<i64, i64>, kv::Error> {
        let view = self.store.snapshot();
        let mut days = HashMap::new();
        for day in first..=last {
            let usage: Option<DayUsage> = place.shelf.find(&view, &place.id(day)).await?;
            if let Some(usage) = usage {
                days.insert(day, usage.used);
            }
        }
        Ok(days)
    }

    /// How many requests a key has in the period that starts on a day: as many as the plan says,
    /// unless UpdateUsage has said otherwise.
    async fn allowance(
        &self,
        place: &Place,
        (quota, start): (&Quota, i64),
    ) -> Result<i64, kv::Error> {
        let view = self.store.snapshot();
        let change: Option<QuotaChange> = place.shelf.find(&view, &place.id(start)).await?;
        Ok(i64::from(quota.limit) + change.map_or(0, |change| change.by))
    }

    /// What a key has used of a plan on each day of a range, and what was left of the quota then.
    pub(crate) async fn usage_of_days(
        &self,
        shelf: &Shelf,
        plan: &UsagePlan,
        key: &str,
        days: RangeInclusive<i64>,
    ) -> Result<Vec<DayLeft>, kv::Error> {
        let (first, last) = (*days.start(), *days.end());
        let quota = plan.quota.as_ref();
        let from = quota.map_or(first, |quota| period_start(quota, first));
        let mut period = None;
        let mut left = 0;
        let mut shown = Vec::new();
        let place = &Place::of(shelf, plan, key);
        for (day, used) in self.used_days(place, from..=last).await? {
            if let Some(quota) = quota {
                let start = period_start(quota, day);
                if period.replace(start) != Some(start) {
                    left = self.allowance(place, (quota, start)).await?;
                }
            }
            left = (left - used).max(0);
            if day >= first {
                shown.push(DayLeft { used, left });
            }
        }
        Ok(shown)
    }

    /// Days with what a key has used on them, as written or as still only counted.
    async fn used_days(
        &self,
        place: &Place,
        days: RangeInclusive<i64>,
    ) -> Result<Vec<(i64, i64)>, kv::Error> {
        let written = self.load_usage(place, *days.start(), *days.end()).await?;
        let counts = self.usage.0.lock();
        let counted = counts.get(place);
        let used = |day: i64| {
            let in_memory = counted.and_then(|counted| counted.days.get(&day));
            in_memory.or(written.get(&day)).copied().unwrap_or_default()
        };
        Ok(days.map(|day| (day, used(day))).collect())
    }

    /// Leaves a key so many requests for the rest of the quota's period.
    pub(crate) async fn grant_usage(
        &self,
        shelf: &Shelf,
        plan: &UsagePlan,
        key: &str,
        (quota, remaining): (&Quota, i64),
    ) -> Result<(), kv::Error> {
        let today = day_of(self.clock.now());
        let start = period_start(quota, today);
        let place = &Place::of(shelf, plan, key);
        let used = self.used_days(place, start..=today).await?;
        let used: i64 = used.into_iter().map(|(_, used)| used).sum();
        let change = &QuotaChange {
            id: place.id(start),
            by: remaining + used - i64::from(quota.limit),
        };
        let save = |txn: Txn| async move {
            place.shelf.save(&txn, change);
            Ok(())
        };
        self.store.transact(save).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Named;

    #[test]
    fn counts_are_written_and_read_again() {
        let account = base::AccountId::DEFAULT;
        let shelf = Shelf::at(account, &base::Region::default_region());
        let place = || Place {
            shelf: shelf.clone(),
            key: "key".to_owned(),
        };
        let usage = Usage::default();
        assert!(!usage.knows(&place(), 10));
        usage.learn(&place(), 10, HashMap::from([(9, 5), (10, 1)]));
        assert!(usage.knows(&place(), 10));
        assert!(!usage.knows(&place(), 8), "a longer period has to be read");
        assert!(usage.count(place(), 10..=10, Some(2)));
        assert!(!usage.count(place(), 10..=10, Some(2)));
        let written = usage.unwritten();
        let used: Vec<i64> = written.iter().map(|(_, record)| record.used).collect();
        assert_eq!(
            (written[0].1.id.as_str(), used),
            ("key 1970-01-11", vec![2])
        );
        // One more while the others are being written.
        assert!(usage.count(place(), 10..=10, None));
        usage.written(&written, 10);
        assert_eq!(usage.unwritten()[0].1.used, 3);
        usage.written(&usage.unwritten(), 10);
        assert_eq!(usage.unwritten(), []);
        assert!(usage.knows(&place(), 10));
        usage.written(&[], 12);
        assert!(!usage.knows(&place(), 10), "it has not come for long");
    }

    #[test]
    fn periods() {
        let day = |date: &str| day_from(date).unwrap();
        let check = |period, offset, on: &str, expected: &str| {
            let quota = Quota {
                limit: 1,
                offset,
                period: Named(period),
            };
            assert_eq!(date_of(period_start(&quota, day(on))), expected, "{on}");
        };
        check(QuotaPeriodType::Day, 0, "2026-11-22", "2026-11-22");
        check(QuotaPeriodType::Week, 0, "2026-11-25", "2026-11-22");
        check(QuotaPeriodType::Week, 2, "2026-11-25", "2026-11-24");
        check(QuotaPeriodType::Month, 0, "2026-11-25", "2026-11-01");
        check(QuotaPeriodType::Month, 9, "2026-11-25", "2026-11-10");
        assert_eq!(day_from("2026-1-1"), None);
        assert_eq!(day_from("yesterday!"), None);
    }
}
