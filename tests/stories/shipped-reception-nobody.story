# Neither desk answers.
scenario reception
phones carol alice bob
users alice bob
alice rejects with 486 after 0.5
bob rejects with 603 after 0.5
at 0 carol calls reception
expect carol is refused: 480
