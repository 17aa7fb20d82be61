//! Who hears whom. A call or a unit sends to any number of others and hears one, the newest; a unit that mixes
//! hears all.

use std::collections::BTreeMap;

use crate::base::CallId;
use crate::script::unit::Node;

/// Listeners to sources: one, or several of those that mix.
#[derive(Debug, Default)]
pub struct Links {
    hears: BTreeMap<Node, Vec<Node>>,
}

impl Links {
    /// `to` hears `from` from now on, and nobody else. Returns what it heard before.
    pub fn link(&mut self, from: Node, to: Node) -> Option<Node> {
        let before = self.hears.insert(to, vec![from]);
        before.and_then(|before| before.first().copied())
    }

    /// `to` hears `from` besides all that it hears.
    pub fn join(&mut self, from: Node, to: Node) {
        let sources = self.hears.entry(to).or_default();
        if !sources.contains(&from) {
            sources.push(from);
        }
    }

    /// Whether that link was there.
    pub fn unlink(&mut self, from: Node, to: Node) -> bool {
        let Some(sources) = self.hears.get_mut(&to) else {
            return false;
        };
        let before = sources.len();
        sources.retain(|source| *source != from);
        let was = sources.len() < before;
        if sources.is_empty() {
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

    /// Every link of `node`, as source and listener.
    pub fn around(&self, node: impl Into<Node>) -> Vec<(Node, Node)> {
        let node = node.into();
        let links = self.all();
        links
            .filter(|(from, to)| *from == node || *to == node)
            .collect()
    }

    /// Cuts `node` off; returns the links that were there, from and to.
    pub fn cut(&mut self, node: Node) -> Vec<(Node, Node)> {
        let gone = self.around(node);
        for (from, to) in &gone {
            self.unlink(*from, *to);
        }
        gone
    }

    fn all(&self) -> impl Iterator<Item = (Node, Node)> {
        let links = self.hears.iter();
        links.flat_map(|(to, sources)| sources.iter().map(|from| (*from, *to)))
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
        let (a, b) = (A.into(), B.into());
        assert_eq!(links.cut(b), [(b, a), (a, b)]);
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
        assert_eq!(links.cut(player), [(player, A.into())]);
    }

    #[test]
    fn who_mixes_hears_several_and_loses_one_at_a_time() {
        let mut links = Links::default();
        let mixer = Node::Unit(UnitId(1));
        for call in [A, B, A] {
            links.join(call.into(), mixer);
        }
        assert_eq!(links.around(mixer), [(A.into(), mixer), (B.into(), mixer)]);
        assert!(links.unlink(A.into(), mixer));
        assert!(!links.unlink(A.into(), mixer));
        assert_eq!(links.cut(B.into()), [(B.into(), mixer)]);
        assert!(links.around(mixer).is_empty());
    }
}
