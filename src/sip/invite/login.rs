//! Credentials of a call (RFC 3261 §22.2): for the host that was called, in the realm that asked first,
//! and for nobody else.

use std::time::Instant;

use super::Leg;
use crate::sip::auth::answer::Answerer;
use crate::sip::dialog::Dialog;
use crate::sip::message::{Name, Request, Response};
use crate::sip::stack::Credentials;
use crate::sip::stack::desk::{Desk, Errand, Heard, Purpose};

/// Credentials and the host that they are for.
pub(super) struct Login {
    credentials: Credentials,
    host: String,
    answerer: Answerer,
    /// A realm took them, so the answerer knows it again.
    taken: bool,
}

impl Login {
    pub(super) fn new(credentials: Credentials, host: String) -> Login {
        Login {
            credentials,
            host,
            answerer: Answerer::new(),
            taken: false,
        }
    }

    /// Writes the answer to a challenge into `request`. `false` where there is none to give: another
    /// realm, an algorithm that we do not know, no challenge.
    pub(super) fn answer(
        &mut self,
        request: &mut Request,
        response: &Response,
        desk: &mut Desk,
    ) -> bool {
        let answer = self
            .answerer
            .answer(response, request, &self.credentials, &mut desk.dice);
        let Some((name, value)) = answer else {
            return false;
        };
        self.taken = true;
        request.headers.set(name, value);
        true
    }

    /// Whether a challenge in this dialog may be answered: its peer may be another host than the one
    /// that was called, which then is known by its realm alone.
    fn fits(&self, dialog: &Dialog) -> bool {
        let target = dialog.target().as_sip();
        self.taken || target.is_some_and(|target| target.host.eq_ignore_ascii_case(&self.host))
    }
}

impl Leg {
    /// Credentials for the peer of this leg, where the call was placed without any.
    pub(in crate::sip) fn may_log_in(&mut self, credentials: Option<Credentials>) {
        let host = self
            .dialog
            .as_ref()
            .and_then(|dialog| Some(dialog.target().as_sip()?.host.clone()));
        if let (None, Some(credentials), Some(host)) = (&self.login, credentials, host) {
            self.login = Some(Login::new(credentials, host));
        }
    }

    /// Answers a challenge to a request inside the dialog, once. `true` where it goes again.
    pub(super) fn log_in(
        &mut self,
        desk: &mut Desk,
        purpose: Purpose,
        errand: &Errand,
        heard: &Heard,
        now: Instant,
    ) -> bool {
        if matches!(purpose, Purpose::Refer(_)) && !self.is_up() {
            // The call is over: nobody is left to be moved.
            return false;
        }
        let (Some(login), Some(dialog), Some(response), false) = (
            &mut self.login,
            &mut self.dialog,
            heard.response(),
            errand.challenged,
        ) else {
            return false;
        };
        let mut request = errand.request.clone();
        if !login.fits(dialog) || !login.answer(&mut request, response, desk) {
            return false;
        }
        let numbered = dialog.request(request.method.clone());
        if let Some(cseq) = numbered.headers.get(&Name::Cseq) {
            request.headers.set(Name::Cseq, cseq.clone());
        }
        if let Purpose::Refer(refer) = purpose {
            self.transferee.renumber(refer, dialog.last_cseq());
        }
        let mut again = Errand::new(errand.whose.clone(), request);
        again.challenged = true;
        self.errands += 1;
        let way = desk.send(again, dialog.hop(), now);
        self.handle_way(purpose, way, now);
        true
    }
}
