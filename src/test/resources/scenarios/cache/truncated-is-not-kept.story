title A truncated answer that TCP does not complete is passed on and not kept

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

quad9 answers www.example.com A: TC
quad9 refuses by tcp
client 10.0.0.2 asks www.example.com A
expect TC, no records
client 10.0.0.2 asks www.example.com A
expect TC
quad9 was asked 2 times by udp
