title Without EDNS no UDP answer is over 512 bytes; TC says so; TCP has all of it

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers big.example.com A: big 60
client 10.0.0.2 asks big.example.com A -edns
expect NOERROR, TC, bytes 512
client 10.0.0.2 asks big.example.com A -edns +tcp
expect NOERROR, -TC, records 60, at once
