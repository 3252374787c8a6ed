title A server that refuses queries with a client subnet is asked without

config
    dns {
        use_hosts: false
        ecs: forward
        upstream { up: 'udp://9.9.9.9:53' }
        routing { request { fallback: up } }
    }
end
server up at 9.9.9.9
up answers * A: @ 300 A 192.0.2.1
up answers * A edns: REFUSED
up answers * A -edns: @ 300 A 192.0.2.1
client 198.51.100.7 asks a.example A
expect REFUSED
up was asked 2 times
up was last asked -ecs
