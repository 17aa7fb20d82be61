//! RTCP between two legs (RFC 3550 §6), and for a leg that nobody hears.
//!
//! A leg's reports are about numbers that only this leg knows: its own SSRC and timestamps, and the
//! SSRC and sequence numbers that we show it. So nothing is passed as it is. From a compound the sender's
//! figures and the one report block that concerns the other side are taken, translated, and written as a
//! new, minimal compound: SR or RR, and an SDES with a name of ours. BYE, APP, feedback and names stay
//! here: a forged BYE ends nothing, and no leg learns the other's address from a CNAME.

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const LAST_KNOWN: u8 = 207;
const CNAME: u8 = 1;

/// Longest compound that [`write`] makes: SR, one block, SDES.
pub const LONGEST: usize = 28 + 24 + 20;

/// What a compound says that a relay cares for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Who reports.
    pub ssrc: u32,
    pub sender: Option<Sender>,
    /// The first block about the SSRC that was asked for.
    pub block: Option<Block>,
}

/// The sender's part of an SR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    pub ntp: u64,
    pub timestamp: u32,
    pub packets: u32,
    pub bytes: u32,
}

/// What one side says about the other's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub ssrc: u32,
    /// Fraction and count, as they lie on the wire.
    pub lost: u32,
    /// Cycles above, sequence number below.
    pub highest: u32,
    pub jitter: u32,
    pub last_report: u32,
    pub delay: u32,
}

impl Block {
    /// What was lost since the report before, in 256ths.
    pub fn fraction(&self) -> u8 {
        (self.lost >> 24) as u8
    }
}

/// Reads a compound packet; every length must fit. `about`: the SSRC that we show to this peer.
pub fn read(compound: &[u8], about: u32) -> Option<Report> {
    let mut report: Option<Report> = None;
    let mut rest = compound;
    while !rest.is_empty() {
        let head = rest.first_chunk::<4>()?;
        let known = (SENDER_REPORT..=LAST_KNOWN).contains(&head[1]);
        if head[0] >> 6 != 2 || !known {
            return None;
        }
        let length = (usize::from(u16::from_be_bytes([head[2], head[3]])) + 1) * 4;
        let packet = rest.get(..length)?;
        rest = rest.get(length..)?;
        let body = packet.get(4..)?;
        match (head[1], &report) {
            // A compound begins with a report (§6.1).
            (SENDER_REPORT | RECEIVER_REPORT, None) => {
                report = Some(read_report(head[0] & 0x1f, head[1], body, about)?);
            }
            (_, None) => return None,
            // Further reports, SDES, BYE, APP and feedback concern nobody but us.
            (_, Some(_)) => {}
        }
    }
    report
}

fn read_report(count: u8, kind: u8, body: &[u8], about: u32) -> Option<Report> {
    let ssrc = word(body, 0)?;
    let (sender, blocks) = match kind {
        SENDER_REPORT => {
            let sender = Sender {
                ntp: u64::from(word(body, 4)?) << 32 | u64::from(word(body, 8)?),
                timestamp: word(body, 12)?,
                packets: word(body, 16)?,
                bytes: word(body, 20)?,
            };
            (Some(sender), body.get(24..)?)
        }
        _ => (None, body.get(4..)?),
    };
    let blocks = blocks.get(..usize::from(count) * 24)?;
    let wanted = blocks.chunks_exact(24).find(|b| word(b, 0) == Some(about));
    let block = match wanted {
        Some(block) => Some(Block {
            ssrc: about,
            lost: word(block, 4)?,
            highest: word(block, 8)?,
            jitter: word(block, 12)?,
            last_report: word(block, 16)?,
            delay: word(block, 20)?,
        }),
        None => None,
    };
    Some(Report {
        ssrc,
        sender,
        block,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|b| u32::from_be_bytes(*b))
}

/// Writes a compound and returns its length.
pub fn write(report: &Report, into: &mut [u8; LONGEST]) -> usize {
    let mut at = 0;
    let mut put = |word: u32| {
        into[at..at + 4].copy_from_slice(&word.to_be_bytes());
        at += 4;
    };
    let blocks = u32::from(report.block.is_some());
    let head =
        |count: u32, kind: u8, words: u32| 2 << 30 | count << 24 | u32::from(kind) << 16 | words;
    match &report.sender {
        Some(sender) => {
            put(head(blocks, SENDER_REPORT, 6 + blocks * 6));
            put(report.ssrc);
            put((sender.ntp >> 32) as u32);
            put(sender.ntp as u32);
            put(sender.timestamp);
            put(sender.packets);
            put(sender.bytes);
        }
        None => {
            put(head(blocks, RECEIVER_REPORT, 1 + blocks * 6));
            put(report.ssrc);
        }
    }
    if let Some(block) = &report.block {
        put(block.ssrc);
        put(block.lost);
        put(block.highest);
        put(block.jitter);
        put(block.last_report);
        put(block.delay);
    }
    // One chunk: the SSRC, an item of 8 hexadecimal digits, and at least one 0 up to the next word.
    put(head(1, 202, 4));
    put(report.ssrc);
    let mut item = [0; 12];
    item[0] = CNAME;
    item[1] = 8;
    for (i, digit) in item[2..10].iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(report.ssrc >> (28 - 4 * i)) as usize & 15];
    }
    into[at..at + 12].copy_from_slice(&item);
    at + 12
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BLOCK: Block = Block {
        ssrc: 0xabcd,
        lost: 0x0100_0002,
        highest: 70_000,
        jitter: 3,
        last_report: 4,
        delay: 5,
    };
    const SENDER: Sender = Sender {
        ntp: 1 << 40,
        timestamp: 160,
        packets: 7,
        bytes: 1120,
    };

    fn written(report: Report) -> Vec<u8> {
        let mut bytes = [0; LONGEST];
        let length = write(&report, &mut bytes);
        bytes[..length].to_vec()
    }

    #[test]
    fn what_is_written_is_read_again() {
        for sender in [None, Some(SENDER)] {
            for block in [None, Some(BLOCK)] {
                let report = Report {
                    ssrc: 9,
                    sender,
                    block,
                };
                assert_eq!(read(&written(report), 0xabcd), Some(report));
            }
        }
    }

    #[test]
    fn a_block_about_somebody_else_is_left_out() {
        let report = Report {
            ssrc: 9,
            sender: None,
            block: Some(BLOCK),
        };
        assert_eq!(read(&written(report), 1).unwrap().block, None);
    }

    #[test]
    fn a_bye_is_not_seen_and_a_lone_one_is_no_compound() {
        let bye = [0x81, 203, 0, 1, 0, 0, 0, 9];
        let report = Report {
            ssrc: 9,
            sender: Some(SENDER),
            block: None,
        };
        let mut compound = written(report);
        compound.extend(bye);
        assert_eq!(read(&compound, 0), Some(report));
        assert_eq!(read(&bye, 0), None);
    }

    #[test]
    fn lengths_that_do_not_fit_are_no_compound() {
        let whole = written(Report {
            ssrc: 9,
            sender: Some(SENDER),
            block: Some(BLOCK),
        });
        let cut = (0..whole.len()).filter(|len| read(&whole[..*len], 0xabcd).is_some());
        // Only where the SDES starts is there a whole compound.
        assert_eq!(cut.collect::<Vec<_>>(), [52]);
        let mut blocks = whole.clone();
        blocks[0] = 0x9f;
        assert_eq!(read(&blocks, 0xabcd), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(
            head in prop::sample::select(vec![200u8, 201, 202, 203]),
            words in 0u8..20,
            mut packet in prop::collection::vec(any::<u8>(), 0..120),
        ) {
            let _ = read(&packet, 0);
            if let Some(start) = packet.first_chunk_mut::<4>() {
                *start = [0x81, head, 0, words];
            }
            let _ = read(&packet, 0);
        }
    }
}
