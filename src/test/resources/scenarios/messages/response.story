title A response where a query belongs is dropped: no loops

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9

client 10.0.0.2 asks www.example.com A +qr
expect nothing
counter dropped_response is 1
