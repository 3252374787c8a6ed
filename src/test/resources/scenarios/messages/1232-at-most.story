title However much a client offers, no UDP answer is over 1232 bytes

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers big.example.com A: big 120
client 10.0.0.2 asks big.example.com A bufsize 4096
expect NOERROR, TC, bytes 1232
client 10.0.0.2 asks big.example.com A +tcp
expect NOERROR, -TC, records 120, at once
quad9 was asked 1 time by udp
quad9 was asked 1 time by tcp
