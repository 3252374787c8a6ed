title OPT comes back if and only if the client sent one

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A -edns
expect NOERROR, no OPT
client 10.0.0.2 asks www.example.com A
expect NOERROR, OPT, version 0, at once
quad9 was last asked edns, -ecs
