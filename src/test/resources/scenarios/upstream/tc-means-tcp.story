title A truncated answer is asked again by TCP

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A udp: TC
quad9 answers www.example.com A tcp: big 80
client 10.0.0.2 asks www.example.com A +tcp
expect NOERROR, -TC, records 80
quad9 was asked 1 time by udp
quad9 was asked 1 time by tcp
client 10.0.0.2 asks www.example.com A +tcp
expect records 80, at once
