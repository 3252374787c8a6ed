title tcp:// asks by TCP alone

config
    dns {
        use_hosts: false
        upstream { quad9: 'tcp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks www.example.com A
expect NOERROR, 192.0.2.1
quad9 was asked 0 times by udp
quad9 was asked 1 time by tcp
