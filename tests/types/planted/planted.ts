// Types alone show what is wrong here.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  const ringS: number = destination;
  call.reject("486");
});
