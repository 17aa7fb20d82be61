//! Clips that are kept: as many as their weight allows, those that were asked for last.

use std::collections::HashMap;

use crate::media::Clip;

/// What a clip is known by, and what says whether it is still the same: a file's stamp, a URL's validator.
pub struct Shelf<V> {
    kept: HashMap<String, Kept<V>>,
    /// Bytes of all that is kept, and of what may be.
    weight: usize,
    most: usize,
    /// Counts the questions.
    now: u64,
}

struct Kept<V> {
    clip: Clip,
    validator: V,
    used: u64,
}

impl<V> Shelf<V> {
    /// `most` in bytes.
    pub fn new(most: usize) -> Shelf<V> {
        Shelf {
            kept: HashMap::new(),
            weight: 0,
            most,
            now: 0,
        }
    }

    /// The clip with what was true of it when it was put here.
    pub fn find(&mut self, name: &str) -> Option<(Clip, &V)> {
        self.now += 1;
        let kept = self.kept.get_mut(name)?;
        kept.used = self.now;
        Some((kept.clip.clone(), &kept.validator))
    }

    /// Instead of what had the name before. What is too heavy for the whole shelf is not kept.
    pub fn put(&mut self, name: &str, clip: Clip, validator: V) {
        self.drop(name);
        let weight = weight(name, &clip);
        if weight > self.most {
            return;
        }
        self.now += 1;
        while self.weight + weight > self.most
            && let Some(oldest) = self.oldest()
        {
            self.drop(&oldest);
        }
        self.weight += weight;
        let used = self.now;
        let kept = Kept {
            clip,
            validator,
            used,
        };
        self.kept.insert(name.to_string(), kept);
    }

    fn drop(&mut self, name: &str) {
        if let Some(kept) = self.kept.remove(name) {
            self.weight -= weight(name, &kept.clip);
        }
    }

    fn oldest(&self) -> Option<String> {
        let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.used);
        oldest.map(|(name, _)| name.clone())
    }
}

/// A clip of no length weighs something as well.
fn weight(name: &str, clip: &Clip) -> usize {
    clip.weight() + name.len() + 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn clip(ms: u64) -> Clip {
        Clip::silence(Duration::from_millis(ms))
    }

    #[test]
    fn what_was_asked_for_last_is_kept() {
        // Each weighs 16 bytes a millisecond, and its name.
        let mut shelf = Shelf::new(40_000);
        shelf.put("a", clip(1000), 1);
        shelf.put("b", clip(1000), 1);
        assert!(shelf.find("a").is_some());
        shelf.put("c", clip(1000), 1);
        assert!(shelf.find("b").is_none());
        assert!(shelf.find("a").is_some() && shelf.find("c").is_some());
        shelf.put("huge", clip(10_000), 1);
        assert!(shelf.find("huge").is_none());
        assert!(shelf.find("a").is_some(), "nothing had to go for it");
    }

    #[test]
    fn a_clip_takes_the_place_of_the_one_before() {
        let mut shelf = Shelf::new(40_000);
        for validator in 0..100 {
            shelf.put("a", clip(1000), validator);
        }
        assert_eq!(shelf.find("a").map(|(_, validator)| *validator), Some(99));
        assert_eq!((shelf.kept.len(), shelf.weight), (1, 16_257));
        for n in 0..1000 {
            shelf.put(&format!("empty-{n}"), clip(0), 0);
        }
        assert!(shelf.kept.len() < 160, "{}", shelf.kept.len());
    }
}
