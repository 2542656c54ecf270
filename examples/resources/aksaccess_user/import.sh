terraform import aksaccess_user.anna 00000000-0000-0000-0000-000000000000
