title The question comes back as the client spelled it, hit or miss (0x20)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

client 10.0.0.2 asks WwW.eXample.COM A
expect NOERROR, question WwW.eXample.COM
client 10.0.0.2 asks wWw.ExAmPle.com A
expect NOERROR, question wWw.ExAmPle.com, at once
quad9 was asked 1 time
