title By TCP, too, NOTIMP to EDNS means another try without

config
    dns {
        use_hosts: false
        upstream { quad9: 'tcp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * A edns: NOTIMP; no OPT
quad9 answers * A -edns: @ 300 A 192.0.2.1

client 10.0.0.2 asks a.example.com A
expect NOERROR, 192.0.2.1
quad9 was asked 2 times by tcp
client 10.0.0.2 asks b.example.com A
expect NOERROR
quad9 was asked 3 times by tcp
