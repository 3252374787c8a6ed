title hosts { } answers A, AAAA and PTR, and its names never leave

config
    dns {
        use_hosts: false
        hosts {
            nas.lan: 192.168.1.10, 'fd00::10'
        }
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * *: NXDOMAIN; soa . 3600 900

client 10.0.0.2 asks nas.lan A
expect NOERROR, 192.168.1.10, at once
client 10.0.0.2 asks NAS.lan AAAA
expect NOERROR, fd00::10, question NAS.lan
client 10.0.0.2 asks nas.lan TXT
expect NOERROR, no records, SOA
client 10.0.0.2 asks 10.1.168.192.in-addr.arpa PTR
expect NOERROR, PTR nas.lan.
quad9 was asked 0 times
