# Nobody is at any desk.
scenario reception
phones dave
at 0 dave calls 0
expect dave is refused: 480
