// Every call goes to the user that was dialled, and ends when either side hangs up.
//
// easyProcess is all that two calls need to become one: the caller hears the other phone ring, is
// answered when it answers, both hear each other, and what one side sends reaches the other.
VoxEngine.addEventListener(AppEvents.CallAlerting, (event) => {
  const callee = VoxEngine.callUser({
    username: event.destination,
    callerid: event.callerid,
    displayName: event.displayName,
    extraHeaders: event.headers, // X-* of the caller's phone
  });
  VoxEngine.easyProcess(event.call, callee);
});

// For this very case there is a shorter way to write it:
//
//   VoxEngine.forwardCallToUser();
