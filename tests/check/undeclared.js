// Names that nobody declares.
const calls = [];
VoxEngine.addEventListener(AppEvents.Started, () => {
  cals.push(1);
  console.log(VoxEngin.customData());
  fetch("https://example.com");
  total = calls.length;
  console.log(total, typeof window, arguments.length);
});
