title ecs: forward tells 24 bits of a public client, and an answer for a subnet is for that subnet only

config
    dns {
        use_hosts: false
        ecs: forward
        upstream { up: 'udp://9.9.9.9:53' }
        routing { request { fallback: up } }
    }
end
server up at 9.9.9.9
up answers * A: @ 300 A 192.0.2.1; scope 24
client 198.51.100.7 asks a.example A
expect NOERROR, 192.0.2.1, no ECS
up was last asked ecs 198.51.100.0/24
client 198.51.100.99 asks a.example A
expect NOERROR, at once
up answers * A: @ 300 A 192.0.2.2; scope 24
client 203.0.113.7 asks a.example A
expect NOERROR, 192.0.2.2
up was last asked ecs 203.0.113.0/24
up was asked 2 times
