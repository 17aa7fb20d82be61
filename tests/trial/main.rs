//! `switchhook test`: tests of the tester. Shipped tests pass, planted faults are told in words that an author
//! can use, and the declarations say what there is.

mod coverage;
mod declared;
mod folder;
mod ladders;
mod outside;
mod phones;
mod planted;
mod shipped;
mod simulate;
mod voices;
mod watch;
