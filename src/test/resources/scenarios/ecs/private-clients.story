title ecs: forward tells nothing of private addresses, and says so to the server

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
client 10.0.0.2 asks a.example A
expect NOERROR, 192.0.2.1, no ECS
up was last asked ecs 0.0.0.0/0
client 10.9.9.9 asks a.example A
expect NOERROR, at once
client 10.0.0.2 asks b.example A ecs 192.168.1.0/24
expect NOERROR, scope 0
up was last asked ecs 0.0.0.0/0
