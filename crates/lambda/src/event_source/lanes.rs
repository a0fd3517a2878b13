//! Changes in several lanes: those of one key always in the same one, in their order.

use service::{Change, StreamPlace};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// How far each lane has come. A mapping as a whole has come as far as the one that is least far.
#[derive(Debug)]
pub(super) struct Lanes {
    /// The first change of each lane that is not done with; `None` if all are.
    open: Mutex<Vec<Option<StreamPlace>>>,
    /// Where to go on when all are done with.
    end: StreamPlace,
}

impl Lanes {
    pub fn new(lanes: &[Vec<Change>], end: StreamPlace) -> Lanes {
        let first = |lane: &Vec<Change>| lane.first().map(|change| change.place);
        Lanes {
            open: Mutex::new(lanes.iter().map(first).collect()),
            end,
        }
    }

    /// Notes that `lane` is done with all before `open`; answers how far the mapping has come.
    pub fn advance(&self, lane: usize, open: Option<StreamPlace>) -> StreamPlace {
        let mut places = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get_mut(lane) {
            *place = open;
        }
        places.iter().flatten().min().copied().unwrap_or(self.end)
    }
}

/// Deals changes out by their keys.
pub(super) fn deal(changes: Vec<Change>, lanes: usize) -> Vec<Vec<Change>> {
    let mut dealt: Vec<Vec<Change>> = vec![Vec::new(); lanes.max(1)];
    for change in changes {
        let lane = lane_of(&change, dealt.len());
        if let Some(lane) = dealt.get_mut(lane) {
            lane.push(change);
        }
    }
    dealt.retain(|lane| !lane.is_empty());
    dealt
}

fn lane_of(change: &Change, lanes: usize) -> usize {
    let key = change.record.pointer("/dynamodb/Keys");
    let mut hasher = DefaultHasher::new();
    key.map(ToString::to_string).hash(&mut hasher);
    let lanes = u64::try_from(lanes).unwrap_or(1).max(1);
    usize::try_from(hasher.finish() % lanes).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Timestamp;
    use serde_json::json;

    fn change(place: u64, key: u64) -> Change {
        Change {
            place: StreamPlace(place),
            sequence_number: place.to_string(),
            shard_id: String::new(),
            created: Timestamp::from_millis(0),
            record: json!({"dynamodb": {"Keys": {"id": {"S": key.to_string()}}}}),
        }
    }

    #[test]
    fn a_keys_changes_stay_in_one_lane_and_in_order() {
        let lanes = deal((0..100).map(|n| change(n, n % 7)).collect(), 4);
        assert!(lanes.len() > 1);
        assert_eq!(lanes.iter().map(Vec::len).sum::<usize>(), 100);
        for key in 0..7 {
            let id = key.to_string();
            let has =
                |change: &&Change| change.record["dynamodb"]["Keys"]["id"]["S"] == id.as_str();
            let holding = lanes.iter().filter(|lane| lane.iter().any(|c| has(&c)));
            let lane = holding.collect::<Vec<_>>();
            assert_eq!(lane.len(), 1);
            let places = lane[0].iter().filter(has).map(|change| change.place);
            assert!(places.is_sorted());
        }
    }

    #[test]
    fn the_slowest_lane_decides() {
        let lanes = vec![vec![change(1, 0), change(4, 0)], vec![change(2, 1)]];
        let lanes = Lanes::new(&lanes, StreamPlace(5));
        assert_eq!(lanes.advance(1, None), StreamPlace(1));
        assert_eq!(lanes.advance(0, Some(StreamPlace(4))), StreamPlace(4));
        assert_eq!(lanes.advance(0, None), StreamPlace(5));
    }
}
