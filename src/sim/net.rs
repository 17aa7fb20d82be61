//! The network between the hosts of a world: it delays, loses, doubles and so reorders what passes, by
//! its dice; and it does to single messages what a story wants done to them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::base::Dice;
use crate::sip::message::{Message, Method, parse};
use crate::sip::transport::{Flow, Transport};

/// What passes, as its sender sees the flow.
#[derive(Clone, Debug)]
pub struct Packet {
    pub flow: Flow,
    pub bytes: Bytes,
}

/// What the network does to every datagram. Streams are only delayed: their transport repeats what is
/// lost and keeps the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weather {
    /// Shortest and longest time on the way; a wide range reorders.
    pub delay: (Duration, Duration),
    /// Of a thousand datagrams.
    pub lost: u32,
    /// Of a thousand datagrams.
    pub doubled: u32,
}

/// What happens to the messages that a [`Wrong`] names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    Lose,
    Double,
    /// So much longer than the weather says.
    Delay(Duration),
}

/// Which of the messages that fit are meant, counted from 1 as they are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Nth(u32),
    Every,
}

/// A kind of message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    pub kind: Option<Kind>,
    pub from: Option<SocketAddr>,
    pub to: Option<SocketAddr>,
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Request(Method),
    /// A response by its code, and by the method of its CSeq where that matters.
    Response(u16, Option<Method>),
}

/// Something that goes wrong on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub harm: Harm,
    pub which: Which,
    pub pattern: Pattern,
}

/// What became of a packet when it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Arrives,
    Lost,
    Doubled,
    Late,
    /// The host there is gone, or the sender is.
    Vanished,
    /// The host there says that nobody listens (ICMP, RST).
    Refused,
}

/// The network.
#[derive(Debug)]
pub struct Net {
    dice: Dice,
    weather: Weather,
    wrongs: Vec<(Wrong, u32)>,
    /// Hosts that nothing reaches and nothing leaves.
    vanished: BTreeSet<SocketAddr>,
    /// Hosts whose port is closed.
    closed: BTreeSet<SocketAddr>,
    /// By the time of arrival, then in the order of sending.
    on_the_way: BTreeMap<(Instant, u64), Packet>,
    /// The last arrival on each stream.
    streams: BTreeMap<Flow, Instant>,
    sent: u64,
}

impl Weather {
    /// Ten milliseconds, always.
    pub const CALM: Weather = Weather {
        delay: (Duration::from_millis(10), Duration::from_millis(10)),
        lost: 0,
        doubled: 0,
    };
}

impl Packet {
    /// The same packet as its receiver sees it.
    pub fn received(self) -> Packet {
        let Flow {
            transport,
            local,
            remote,
        } = self.flow;
        Packet {
            flow: Flow {
                transport,
                local: remote,
                remote: local,
            },
            bytes: self.bytes,
        }
    }
}

impl Pattern {
    fn fits(&self, packet: &Packet) -> bool {
        self.from.is_none_or(|from| from == packet.flow.local)
            && self.to.is_none_or(|to| to == packet.flow.remote)
            && self.kind.as_ref().is_none_or(|kind| kind.fits(packet))
    }
}

impl Kind {
    fn fits(&self, packet: &Packet) -> bool {
        match (self, parse(packet.bytes.clone())) {
            (Kind::Request(method), Ok(Message::Request(request))) => request.method == *method,
            (Kind::Response(code, method), Ok(Message::Response(response))) => {
                response.code == *code
                    && method.as_ref().is_none_or(|method| {
                        response
                            .headers
                            .cseq()
                            .is_ok_and(|cseq| cseq.method == *method)
                    })
            }
            // The other kind of message, or none at all.
            (Kind::Request(_) | Kind::Response(..), _) => false,
        }
    }
}

impl Net {
    pub fn new(weather: Weather, dice: Dice) -> Net {
        Net {
            dice,
            weather,
            wrongs: Vec::new(),
            vanished: BTreeSet::new(),
            closed: BTreeSet::new(),
            on_the_way: BTreeMap::new(),
            streams: BTreeMap::new(),
            sent: 0,
        }
    }

    pub fn set_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    pub fn expect_wrong(&mut self, wrong: Wrong) {
        self.wrongs.push((wrong, 0));
    }

    /// From now on nothing reaches `host` and nothing leaves it; what is on the way to it is lost.
    /// Whether nothing reaches the host and nothing leaves it.
    pub fn is_gone(&self, host: SocketAddr) -> bool {
        self.vanished.contains(&host) || self.closed.contains(&host)
    }

    pub fn vanish(&mut self, host: SocketAddr) {
        self.vanished.insert(host);
        self.on_the_way
            .retain(|_, packet| packet.flow.remote != host);
    }

    /// From now on `host` refuses everything.
    pub fn close(&mut self, host: SocketAddr) {
        self.closed.insert(host);
    }

    pub fn reappear(&mut self, host: SocketAddr) {
        self.vanished.remove(&host);
        self.closed.remove(&host);
    }

    /// From now on everything arrives, everywhere.
    pub fn calm(&mut self) {
        self.weather = Weather::CALM;
        self.wrongs.clear();
        self.vanished.clear();
        self.closed.clear();
    }

    /// Takes a packet. Where several wrongs name it, the first decides.
    pub fn send(&mut self, packet: Packet, now: Instant) -> Fate {
        self.sent += 1;
        let harm = self.harm(&packet);
        let hosts = [packet.flow.local, packet.flow.remote];
        if hosts.iter().any(|host| self.vanished.contains(host)) {
            return Fate::Vanished;
        }
        if self.closed.contains(&packet.flow.remote) {
            return Fate::Refused;
        }
        if packet.flow.transport != Transport::Udp {
            let extra = match harm {
                Some(Harm::Delay(extra)) => extra,
                Some(Harm::Lose | Harm::Double) | None => Duration::ZERO,
            };
            self.stream(packet, now, extra);
            return Fate::Arrives;
        }
        let harm = harm.or_else(|| self.misfortune());
        match harm {
            None => {
                self.deliver(packet, now);
                Fate::Arrives
            }
            Some(Harm::Lose) => Fate::Lost,
            Some(Harm::Double) => {
                self.deliver(packet.clone(), now);
                self.sent += 1;
                self.deliver(packet, now);
                Fate::Doubled
            }
            Some(Harm::Delay(extra)) => {
                self.deliver(packet, now + extra);
                Fate::Late
            }
        }
    }

    /// What has arrived by `now`, as its receiver sees it.
    pub fn arrive(&mut self, now: Instant) -> Option<Packet> {
        let next = self.on_the_way.first_entry()?;
        (next.key().0 <= now).then(|| next.remove().received())
    }

    pub fn next_arrival(&self) -> Option<Instant> {
        self.on_the_way.keys().next().map(|(at, _)| *at)
    }

    /// How many packets have been sent so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    fn harm(&mut self, packet: &Packet) -> Option<Harm> {
        let mut harm = None;
        for (wrong, seen) in &mut self.wrongs {
            if !wrong.pattern.fits(packet) {
                continue;
            }
            *seen += 1;
            let meant = match wrong.which {
                Which::Nth(nth) => *seen == nth,
                Which::Every => true,
            };
            if meant {
                harm = harm.or(Some(wrong.harm));
            }
        }
        harm
    }

    fn misfortune(&mut self) -> Option<Harm> {
        if self.weather.lost + self.weather.doubled == 0 {
            return None;
        }
        let throw = self.dice.below(1000) as u32;
        match throw {
            throw if throw < self.weather.lost => Some(Harm::Lose),
            throw if throw < self.weather.lost + self.weather.doubled => Some(Harm::Double),
            _ => None,
        }
    }

    fn deliver(&mut self, packet: Packet, now: Instant) {
        let at = now + self.delay();
        self.on_the_way.insert((at, self.sent), packet);
    }

    fn stream(&mut self, packet: Packet, now: Instant, extra: Duration) {
        let at = now + self.delay() + extra;
        let last = self.streams.entry(packet.flow).or_insert(at);
        *last = at.max(*last);
        self.on_the_way.insert((*last, self.sent), packet);
    }

    fn delay(&mut self) -> Duration {
        let (shortest, longest) = self.weather.delay;
        match longest.saturating_sub(shortest).as_micros() as u64 {
            0 => shortest,
            range => shortest + Duration::from_micros(self.dice.below(range + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "127.0.1.1:5060";
    const B: &str = "127.0.1.2:5060";
    const MS: Duration = Duration::from_millis(1);

    fn storm() -> Weather {
        Weather {
            delay: (MS, 100 * MS),
            lost: 100,
            doubled: 100,
        }
    }

    fn packet(transport: Transport, text: &str) -> Packet {
        Packet {
            flow: Flow {
                transport,
                local: A.parse().unwrap(),
                remote: B.parse().unwrap(),
            },
            bytes: Bytes::copy_from_slice(text.as_bytes()),
        }
    }

    fn request(method: &str) -> String {
        format!(
            "{method} sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n\
             To: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
    }

    /// Sends `texts` a millisecond apart and returns what arrives, in order, with the milliseconds.
    fn through(net: &mut Net, transport: Transport, texts: &[String]) -> Vec<(u128, String)> {
        let start = Instant::now();
        for (index, text) in texts.iter().enumerate() {
            net.send(packet(transport, text), start + MS * index as u32);
        }
        let mut arrived = Vec::new();
        while let Some(at) = net.next_arrival() {
            while let Some(packet) = net.arrive(at) {
                assert_eq!(packet.flow.remote, A.parse().unwrap());
                let text = String::from_utf8(packet.bytes.to_vec()).unwrap();
                arrived.push(((at - start).as_millis(), text));
            }
        }
        arrived
    }

    fn numbered(count: usize) -> Vec<String> {
        (0..count).map(|number| number.to_string()).collect()
    }

    #[test]
    fn a_calm_net_delivers_everything_in_order_after_ten_milliseconds() {
        let mut net = Net::new(Weather::CALM, Dice::from_seed(1));
        let expected: Vec<_> = (0..50).map(|n| (n + 10, n.to_string())).collect();
        assert_eq!(through(&mut net, Transport::Udp, &numbered(50)), expected);
    }

    #[test]
    fn a_storm_loses_doubles_and_reorders_the_same_way_for_the_same_seed() {
        let arrive = |seed| {
            let mut net = Net::new(storm(), Dice::from_seed(seed));
            through(&mut net, Transport::Udp, &numbered(200))
        };
        let arrived = arrive(7);
        assert_eq!(arrived, arrive(7));
        assert_ne!(arrived, arrive(8));
        let order: Vec<u32> = arrived
            .iter()
            .map(|(_, text)| text.parse().unwrap())
            .collect();
        let mut kinds = order.clone();
        kinds.sort();
        let doubled = kinds.windows(2).filter(|pair| pair[0] == pair[1]).count();
        kinds.dedup();
        assert!((150..200).contains(&kinds.len()), "{} arrived", kinds.len());
        assert!((5..40).contains(&doubled), "{doubled} were doubled");
        assert!(!order.is_sorted());
    }

    #[test]
    fn a_stream_loses_nothing_and_keeps_the_order() {
        let mut net = Net::new(storm(), Dice::from_seed(7));
        let arrived = through(&mut net, Transport::Tcp, &numbered(100));
        let order: Vec<_> = arrived.into_iter().map(|(_, text)| text).collect();
        assert_eq!(order, numbered(100));
    }

    #[test]
    fn what_a_story_names_is_lost_doubled_or_late_and_nothing_else() {
        let mut net = Net::new(Weather::CALM, Dice::from_seed(1));
        let wrong = |harm, which, method| Wrong {
            harm,
            which,
            pattern: Pattern {
                kind: Some(Kind::Request(method)),
                from: Some(A.parse().unwrap()),
                to: None,
            },
        };
        net.expect_wrong(wrong(Harm::Lose, Which::Nth(2), Method::Bye));
        net.expect_wrong(wrong(Harm::Delay(100 * MS), Which::Nth(1), Method::Bye));
        net.expect_wrong(wrong(Harm::Double, Which::Every, Method::Notify));
        let texts = ["BYE", "NOTIFY", "BYE", "BYE"].map(request);
        let arrived = through(&mut net, Transport::Udp, &texts);
        let methods: Vec<_> = arrived
            .iter()
            .map(|(at, text)| (*at, text.split(' ').next().unwrap()))
            .collect();
        assert_eq!(
            methods,
            [(11, "NOTIFY"), (11, "NOTIFY"), (13, "BYE"), (110, "BYE")]
        );
    }

    #[test]
    fn nothing_reaches_a_host_that_has_vanished_and_nothing_leaves_it() {
        let mut net = Net::new(Weather::CALM, Dice::from_seed(1));
        let now = Instant::now();
        assert_eq!(net.send(packet(Transport::Udp, "1"), now), Fate::Arrives);
        net.vanish(B.parse().unwrap());
        assert_eq!(net.next_arrival(), None);
        assert_eq!(net.send(packet(Transport::Udp, "2"), now), Fate::Vanished);
        net.vanish(A.parse().unwrap());
        net.reappear(B.parse().unwrap());
        assert_eq!(net.send(packet(Transport::Udp, "3"), now), Fate::Vanished);
        net.reappear(A.parse().unwrap());
        assert_eq!(net.send(packet(Transport::Udp, "4"), now), Fate::Arrives);
    }
}
