"""The ten programs of modes.test.ts in CPython: `modes.py server|client MODE PORT`."""
import os
import socket
import sys

role, mode, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
pid = os.getpid()
turns = range(3)


def accept():
    with socket.create_server(("127.0.0.1", port)) as listener:
        return listener.accept()[0]


def connect():
    return socket.create_connection(("127.0.0.1", port))


def redirect(connection, output=False, source=False):
    if output:
        sys.stdout = connection.makefile("w")
    if source:
        sys.stdin = connection.makefile("r")


def server1():
    lines = accept().makefile("r")
    for _ in turns:
        print("server %d got [%s]" % (pid, lines.readline().rstrip()))


def client1():
    redirect(connect(), output=True)
    for i in turns:
        print("client %d: %d" % (pid, i))
        sys.stdout.flush()


def server2():
    connection = accept()
    for i in turns:
        connection.send(b"server %d: %d\n" % (pid, i))


def client2():
    redirect(connect(), source=True)
    for _ in turns:
        print("client %d got [%s]" % (pid, input()))


def server3():
    connection = accept()
    lines = connection.makefile("r")
    for _ in turns:
        connection.send(("server %d got [%s]\n" % (pid, lines.readline().rstrip())).encode())


def client3():
    redirect(connect(), output=True, source=True)
    for i in turns:
        print("client %d: %d" % (pid, i))
        sys.stderr.write("client %d got [%s]\n" % (pid, input()))


def server4():
    talk(connect())


def client4():
    redirect(accept(), output=True, source=True)
    answer()


def server5():
    talk(accept())


def client5():
    redirect(connect(), output=True, source=True)
    answer()


def talk(connection):
    lines = connection.makefile("r")
    for i in turns:
        connection.send(b"server %d: %d\n" % (pid, i))
        print("server %d got [%s]" % (pid, lines.readline().rstrip()))


def answer():
    for _ in turns:
        print("client %d got [%s]" % (pid, input()))
        sys.stdout.flush()


globals()[role + mode]()
