//! Who hears whom. A call or a unit sends to any number of others and hears one; the newest source wins.

use std::collections::BTreeMap;

use crate::base::CallId;
use crate::script::unit::Node;

/// Listener to source.
#[derive(Debug, Default)]
pub struct Links {
    hears: BTreeMap<Node, Node>,
}

impl Links {
    /// `to` hears `from` from now on, and nobody else. Returns what it heard before.
    pub fn link(&mut self, from: Node, to: Node) -> Option<Node> {
        self.hears.insert(to, from)
    }

    /// Whether that link was there.
    pub fn unlink(&mut self, from: Node, to: Node) -> bool {
        let was = self.hears.get(&to) == Some(&from);
        if was {
            self.hears.remove(&to);
        }
        was
    }

    /// Every call that `call` hears or that hears it.
    pub fn partners(&self, call: CallId) -> Vec<CallId> {
        let links = self.around(call).into_iter();
        let mut partners: Vec<_> = links
            .filter_map(|(from, to)| match (from, to) {
                (Node::Call(from), Node::Call(to)) => Some(if from == call { to } else { from }),
                (Node::Unit(_), _) | (_, Node::Unit(_)) => None,
            })
            .collect();
        partners.sort();
        partners.dedup();
        partners
    }

    /// Every link of `call`, as source and listener.
    pub fn around(&self, call: CallId) -> Vec<(Node, Node)> {
        let links = self.hears.iter().map(|(to, from)| (*from, *to));
        links
            .filter(|(from, to)| *from == call.into() || *to == call.into())
            .collect()
    }

    /// Cuts `node` off; returns those who hear nobody now and heard somebody before.
    pub fn cut(&mut self, node: Node) -> Vec<Node> {
        let deaf: Vec<_> = self
            .hears
            .iter()
            .filter(|(to, from)| **to == node || **from == node)
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
    use crate::base::UnitId;

    const A: CallId = CallId(0);
    const B: CallId = CallId(1);
    const C: CallId = CallId(2);

    fn link(links: &mut Links, from: CallId, to: CallId) {
        links.link(from.into(), to.into());
    }

    #[test]
    fn the_newest_source_wins() {
        let mut links = Links::default();
        link(&mut links, B, A);
        link(&mut links, C, A);
        assert_eq!(links.partners(A), [C]);
        assert!(!links.unlink(B.into(), A.into()));
        assert!(links.unlink(C.into(), A.into()));
        assert!(links.partners(A).is_empty());
    }

    #[test]
    fn a_cut_call_neither_hears_nor_is_heard() {
        let mut links = Links::default();
        link(&mut links, A, B);
        link(&mut links, B, A);
        assert_eq!(links.partners(B), [A]);
        assert_eq!(links.cut(B.into()), [A.into(), B.into()]);
        assert!(links.partners(A).is_empty());
    }

    #[test]
    fn a_unit_is_heard_like_a_call_and_is_no_partner() {
        let mut links = Links::default();
        let player = Node::Unit(UnitId(1));
        link(&mut links, B, A);
        assert_eq!(links.link(player, A.into()), Some(B.into()));
        assert!(links.partners(A).is_empty());
        assert_eq!(links.around(A), [(player, A.into())]);
        assert_eq!(links.cut(player), [A.into()]);
    }
}
