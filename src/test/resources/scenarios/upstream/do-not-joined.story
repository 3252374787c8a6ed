title Questions with DO and without do not join one flight

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A as plain
client 10.0.0.3 asks www.example.com A +do as signed
expect plain: NOERROR
expect signed: NOERROR, DO
quad9 was asked 2 times
