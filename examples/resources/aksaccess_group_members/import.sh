terraform import aksaccess_group_members.operators 00000000-0000-0000-0000-000000000000
