title Answers with DO, and with CD, are kept apart from those without

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: @ 300 A 192.0.2.1
quad9 answers www.example.com A +do: @ 300 A 192.0.2.2; AD
quad9 answers www.example.com A +cd: @ 300 A 192.0.2.3
client 10.0.0.2 asks www.example.com A
expect 192.0.2.1
client 10.0.0.2 asks www.example.com A +do
expect 192.0.2.2, AD, DO
client 10.0.0.2 asks www.example.com A +cd
expect 192.0.2.3, CD
quad9 was last asked +cd, -do
client 10.0.0.2 asks www.example.com A +do
expect 192.0.2.2, AD, at once
client 10.0.0.2 asks www.example.com A
expect 192.0.2.1, -AD, at once
quad9 was asked 3 times
