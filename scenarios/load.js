// Four small jobs to measure the program with, chosen by the beginning of the dialled user:
//
//   b2b-…   calls the same user at 127.0.0.1:5080 and connects the two
//   xfer-…  the same; a REFER of the callee is followed, and then the callee is let go
//   ans-…   answers by itself and hangs up at once
//   hold-…  answers by itself and stays until the caller hangs up

const CALLEE = "127.0.0.1:5080";

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, destination, callerid }) => {
  const callTheSameUser = () => VoxEngine.callSIP(`sip:${destination}@${CALLEE}`, { callerid });

  switch (destination.split("-")[0]) {
    case "b2b":
      VoxEngine.easyProcess(caller, callTheSameUser());
      break;
    case "xfer":
      connectAndTransfer(caller, callTheSameUser(), callerid);
      break;
    case "ans":
      caller.addEventListener(CallEvents.Connected, () => caller.hangup());
      caller.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
      caller.answer();
      break;
    case "hold":
      caller.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
      caller.answer();
      break;
    default:
      caller.reject(404);
  }
});

function connectAndTransfer(caller, callee, callerid) {
  let transferred = false;

  caller.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  callee.addEventListener(CallEvents.Ringing, () => caller.ring());
  callee.addEventListener(CallEvents.Failed, ({ code }) => caller.reject(code));
  callee.addEventListener(CallEvents.Disconnected, () => {
    if (!transferred) VoxEngine.terminate();
  });
  callee.addEventListener(CallEvents.Connected, () => {
    caller.answer();
    VoxEngine.sendMediaBetween(caller, callee);
    callee.handleBlindTransfer(true);
  });

  callee.addEventListener(CallEvents.BlindTransferRequested, ({ headers }) => {
    const target = VoxEngine.callSIP(headers["Refer-To"], { callerid });
    transferred = true;
    target.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    target.addEventListener(CallEvents.Failed, ({ code, reason }) => {
      transferred = false;
      callee.notifyBlindTransferFailed(code, reason);
      if (callee.state() === "TERMINATED") VoxEngine.terminate();
    });
    target.addEventListener(CallEvents.Connected, () => {
      callee.notifyBlindTransferSuccess();
      VoxEngine.sendMediaBetween(caller, target);
      callee.hangup();
    });
  });
}
