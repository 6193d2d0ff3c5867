"""What the framework answers: endpoints of the API, forms, and the pages of operators.

Nothing here is loaded before somebody asks for one of them (`pantau.web.late`): visitors who watch
never do.
"""
