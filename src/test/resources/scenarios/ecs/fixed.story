title ecs: PREFIX is told whoever asks, and the answer is for all

config
    dns {
        use_hosts: false
        ecs: 203.0.113.0/24
        upstream { up: 'udp://9.9.9.9:53' }
        routing { request { fallback: up } }
    }
end
server up at 9.9.9.9
up answers * A: @ 300 A 192.0.2.1; scope 24
client 10.0.0.2 asks a.example A
expect NOERROR, 192.0.2.1, no ECS
up was last asked ecs 203.0.113.0/24
client 198.51.100.7 asks a.example A ecs 198.51.100.0/24
expect NOERROR, 192.0.2.1, at once
up was asked 1 time
