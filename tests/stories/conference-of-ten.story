# Ten who talk at once, each a tone of their own: everybody hears the nine others, as loud as they speak, and not themselves.
scenario conference
conference 8\d\d runs conference
phones alice bob carol dave erin frank grace heidi ivan judy
alice speaks PCMU
bob speaks PCMA
carol speaks G722
dave speaks PCMU
erin speaks PCMA
frank speaks G722
grace speaks PCMU
heidi speaks PCMA
ivan speaks G722
judy speaks PCMU
at 0 alice says 300 Hz at -30 dB
at 0.0 alice calls 801
at 0 bob says 470 Hz at -30 dB
at 0.2 bob calls 801
at 0 carol says 640 Hz at -30 dB
at 0.4 carol calls 801
at 0 dave says 810 Hz at -30 dB
at 0.6 dave calls 801
at 0 erin says 980 Hz at -30 dB
at 0.8 erin calls 801
at 0 frank says 1150 Hz at -30 dB
at 1.0 frank calls 801
at 0 grace says 1320 Hz at -30 dB
at 1.2 grace calls 801
at 0 heidi says 1490 Hz at -30 dB
at 1.4 heidi calls 801
at 0 ivan says 1660 Hz at -30 dB
at 1.6 ivan calls 801
at 0 judy says 1830 Hz at -30 dB
at 1.8 judy calls 801
at 5 expect alice hears 470 Hz at -30 dB
at 5 expect alice hears 640 Hz at -30 dB
at 5 expect alice hears 810 Hz at -30 dB
at 5 expect alice hears 980 Hz at -30 dB
at 5 expect alice hears 1150 Hz at -30 dB
at 5 expect alice hears 1320 Hz at -30 dB
at 5 expect alice hears 1490 Hz at -30 dB
at 5 expect alice hears 1660 Hz at -30 dB
at 5 expect alice hears 1830 Hz at -30 dB
at 5 expect never alice hears 300 Hz
at 5 expect bob hears 300 Hz at -30 dB
at 5 expect bob hears 640 Hz at -30 dB
at 5 expect bob hears 810 Hz at -30 dB
at 5 expect bob hears 980 Hz at -30 dB
at 5 expect bob hears 1150 Hz at -30 dB
at 5 expect bob hears 1320 Hz at -30 dB
at 5 expect bob hears 1490 Hz at -30 dB
at 5 expect bob hears 1660 Hz at -30 dB
at 5 expect bob hears 1830 Hz at -30 dB
at 5 expect never bob hears 470 Hz
at 5 expect carol hears 300 Hz at -30 dB
at 5 expect carol hears 470 Hz at -30 dB
at 5 expect carol hears 810 Hz at -30 dB
at 5 expect carol hears 980 Hz at -30 dB
at 5 expect carol hears 1150 Hz at -30 dB
at 5 expect carol hears 1320 Hz at -30 dB
at 5 expect carol hears 1490 Hz at -30 dB
at 5 expect carol hears 1660 Hz at -30 dB
at 5 expect carol hears 1830 Hz at -30 dB
at 5 expect never carol hears 640 Hz
at 5 expect dave hears 300 Hz at -30 dB
at 5 expect dave hears 470 Hz at -30 dB
at 5 expect dave hears 640 Hz at -30 dB
at 5 expect dave hears 980 Hz at -30 dB
at 5 expect dave hears 1150 Hz at -30 dB
at 5 expect dave hears 1320 Hz at -30 dB
at 5 expect dave hears 1490 Hz at -30 dB
at 5 expect dave hears 1660 Hz at -30 dB
at 5 expect dave hears 1830 Hz at -30 dB
at 5 expect never dave hears 810 Hz
at 5 expect erin hears 300 Hz at -30 dB
at 5 expect erin hears 470 Hz at -30 dB
at 5 expect erin hears 640 Hz at -30 dB
at 5 expect erin hears 810 Hz at -30 dB
at 5 expect erin hears 1150 Hz at -30 dB
at 5 expect erin hears 1320 Hz at -30 dB
at 5 expect erin hears 1490 Hz at -30 dB
at 5 expect erin hears 1660 Hz at -30 dB
at 5 expect erin hears 1830 Hz at -30 dB
at 5 expect never erin hears 980 Hz
at 5 expect frank hears 300 Hz at -30 dB
at 5 expect frank hears 470 Hz at -30 dB
at 5 expect frank hears 640 Hz at -30 dB
at 5 expect frank hears 810 Hz at -30 dB
at 5 expect frank hears 980 Hz at -30 dB
at 5 expect frank hears 1320 Hz at -30 dB
at 5 expect frank hears 1490 Hz at -30 dB
at 5 expect frank hears 1660 Hz at -30 dB
at 5 expect frank hears 1830 Hz at -30 dB
at 5 expect never frank hears 1150 Hz
at 5 expect grace hears 300 Hz at -30 dB
at 5 expect grace hears 470 Hz at -30 dB
at 5 expect grace hears 640 Hz at -30 dB
at 5 expect grace hears 810 Hz at -30 dB
at 5 expect grace hears 980 Hz at -30 dB
at 5 expect grace hears 1150 Hz at -30 dB
at 5 expect grace hears 1490 Hz at -30 dB
at 5 expect grace hears 1660 Hz at -30 dB
at 5 expect grace hears 1830 Hz at -30 dB
at 5 expect never grace hears 1320 Hz
at 5 expect heidi hears 300 Hz at -30 dB
at 5 expect heidi hears 470 Hz at -30 dB
at 5 expect heidi hears 640 Hz at -30 dB
at 5 expect heidi hears 810 Hz at -30 dB
at 5 expect heidi hears 980 Hz at -30 dB
at 5 expect heidi hears 1150 Hz at -30 dB
at 5 expect heidi hears 1320 Hz at -30 dB
at 5 expect heidi hears 1660 Hz at -30 dB
at 5 expect heidi hears 1830 Hz at -30 dB
at 5 expect never heidi hears 1490 Hz
at 5 expect ivan hears 300 Hz at -30 dB
at 5 expect ivan hears 470 Hz at -30 dB
at 5 expect ivan hears 640 Hz at -30 dB
at 5 expect ivan hears 810 Hz at -30 dB
at 5 expect ivan hears 980 Hz at -30 dB
at 5 expect ivan hears 1150 Hz at -30 dB
at 5 expect ivan hears 1320 Hz at -30 dB
at 5 expect ivan hears 1490 Hz at -30 dB
at 5 expect ivan hears 1830 Hz at -30 dB
at 5 expect never ivan hears 1660 Hz
at 5 expect judy hears 300 Hz at -30 dB
at 5 expect judy hears 470 Hz at -30 dB
at 5 expect judy hears 640 Hz at -30 dB
at 5 expect judy hears 810 Hz at -30 dB
at 5 expect judy hears 980 Hz at -30 dB
at 5 expect judy hears 1150 Hz at -30 dB
at 5 expect judy hears 1320 Hz at -30 dB
at 5 expect judy hears 1490 Hz at -30 dB
at 5 expect judy hears 1660 Hz at -30 dB
at 5 expect never judy hears 1830 Hz
at 6 erin hangs up
at 8 expect never alice hears 980 Hz
at 8 expect never bob hears 980 Hz
at 8 expect never carol hears 980 Hz
at 8 expect never dave hears 980 Hz
at 8 expect never frank hears 980 Hz
at 8 expect never grace hears 980 Hz
at 8 expect never heidi hears 980 Hz
at 8 expect never ivan hears 980 Hz
at 8 expect never judy hears 980 Hz
at 8 expect alice hears 470 Hz at -30 dB
at 9 alice hangs up
at 9 bob hangs up
at 9 carol hangs up
at 9 dave hangs up
at 9 frank hangs up
at 9 grace hangs up
at 9 heidi hangs up
at 9 ivan hangs up
at 9 judy hangs up
