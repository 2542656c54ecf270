terraform import aksaccess_group.admins 00000000-0000-0000-0000-000000000000
