//! What the tests of this room share.

use std::net::SocketAddr;

use socket2::{Domain, Socket, Type};

/// A port at which nobody answers TCP, held so that nobody else gets it meanwhile.
pub struct Nobody {
    pub at: SocketAddr,
    _held: Socket,
}

/// Bound and not listening: whoever connects is refused.
pub fn nobody() -> Nobody {
    let held = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    held.bind(&any.into()).expect("a port");
    let at = held.local_addr().expect("it is bound").as_socket();
    Nobody {
        at: at.expect("an address of IP"),
        _held: held,
    }
}
