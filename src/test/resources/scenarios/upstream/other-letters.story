title 0x20: an answer in other letters than the question is not believed; TCP brings the answer, and the server is remembered

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * A udp: @ 300 A 192.0.2.66; case
quad9 answers * A tcp: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect NOERROR, 192.0.2.1
counter upstream_strays is 1
quad9 was asked 1 time by tcp
client 10.0.0.2 asks ww2.example.com A
expect NOERROR, 192.0.2.66
quad9 was asked 1 time by tcp
