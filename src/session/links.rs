//! Who hears whom. A call sends to any number of others and hears one; the newest source wins.

use std::collections::BTreeMap;

use crate::base::CallId;

/// Listener to source.
#[derive(Debug, Default)]
pub struct Links {
    hears: BTreeMap<CallId, CallId>,
}

impl Links {
    /// `to` hears `from` from now on, and nobody else.
    pub fn link(&mut self, from: CallId, to: CallId) {
        self.hears.insert(to, from);
    }

    /// Whether that link was there.
    pub fn unlink(&mut self, from: CallId, to: CallId) -> bool {
        let was = self.hears.get(&to) == Some(&from);
        if was {
            self.hears.remove(&to);
        }
        was
    }

    /// Everybody whom `call` hears or who hears it.
    pub fn partners(&self, call: CallId) -> Vec<CallId> {
        let mut partners: Vec<_> = self
            .hears
            .iter()
            .filter_map(|(to, from)| match () {
                () if *to == call => Some(*from),
                () if *from == call => Some(*to),
                () => None,
            })
            .collect();
        partners.sort();
        partners.dedup();
        partners
    }

    /// Every link of `call`, as source and listener.
    pub fn around(&self, call: CallId) -> Vec<(CallId, CallId)> {
        let links = self.hears.iter().map(|(to, from)| (*from, *to));
        links
            .filter(|(from, to)| *from == call || *to == call)
            .collect()
    }

    /// Cuts `call` off; returns those who hear nobody now and heard somebody before.
    pub fn cut(&mut self, call: CallId) -> Vec<CallId> {
        let deaf: Vec<_> = self
            .hears
            .iter()
            .filter(|(to, from)| **to == call || **from == call)
            .map(|(to, _)| *to)
            .collect();
        for to in &deaf {
            self.hears.remove(to);
        }
        deaf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: CallId = CallId(0);
    const B: CallId = CallId(1);
    const C: CallId = CallId(2);

    #[test]
    fn the_newest_source_wins() {
        let mut links = Links::default();
        links.link(B, A);
        links.link(C, A);
        assert_eq!(links.partners(A), [C]);
        assert!(!links.unlink(B, A));
        assert!(links.unlink(C, A));
        assert!(links.partners(A).is_empty());
    }

    #[test]
    fn a_cut_call_neither_hears_nor_is_heard() {
        let mut links = Links::default();
        links.link(A, B);
        links.link(B, A);
        assert_eq!(links.partners(B), [A]);
        assert_eq!(links.cut(B), [A, B]);
        assert!(links.partners(A).is_empty());
    }
}
