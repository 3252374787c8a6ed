title ecs: strip, the default, tells servers nothing of clients, and clients hear nothing of it

config
    dns {
        use_hosts: false
        
        upstream { up: 'udp://9.9.9.9:53' }
        routing { request { fallback: up } }
    }
end
server up at 9.9.9.9
up answers * A: @ 300 A 192.0.2.1
client 198.51.100.7 asks a.example A ecs 198.51.100.0/24
expect NOERROR, 192.0.2.1, no ECS
up was last asked -ecs
